"""Good programs: web applications, workers, handlers of clouds, clients, dashboards."""

from corpus import good

RECORDS = (
    # A whole FastAPI module: token, owner, bounds.
    good(
        "fastapi-todo-service",
        """
import os
from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
from fastapi import APIRouter, Depends, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from .database import get_db
from .models import Todo, User

router = APIRouter(prefix="/todos", tags=["todos"])
scheme = OAuth2PasswordBearer(tokenUrl="/token")


class TodoIn(BaseModel):
    title: str = Field(min_length=1, max_length=200)


def issue_token(user: User) -> str:
    expires = datetime.now(timezone.utc) + timedelta(minutes=30)
    return jwt.encode({"sub": str(user.id), "exp": expires}, os.environ["JWT_KEY"], algorithm="HS256")


def current_user(token: Annotated[str, Depends(scheme)], db: Annotated[Session, Depends(get_db)]) -> User:
    try:
        claims = jwt.decode(token, os.environ["JWT_KEY"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from None
    user = db.get(User, int(claims["sub"]))
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return user


def own_todo(todo_id: int, user: User = Depends(current_user), db: Session = Depends(get_db)) -> Todo:
    todo = db.get(Todo, todo_id)
    if todo is None or todo.owner_id != user.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return todo


@router.get("/")
def todos(limit: int = Query(20, ge=1, le=100), user: User = Depends(current_user), db: Session = Depends(get_db)):
    query = select(Todo).filter_by(owner_id=user.id).limit(limit)
    return [{"id": one.id, "title": one.title} for one in db.scalars(query)]


@router.post("/", status_code=201)
def add(body: TodoIn, user: User = Depends(current_user), db: Session = Depends(get_db)):
    todo = Todo(title=body.title, owner_id=user.id)
    db.add(todo)
    db.commit()
    return {"id": todo.id}


@router.delete("/{todo_id}", status_code=204)
def remove(todo: Todo = Depends(own_todo), db: Session = Depends(get_db)):
    db.delete(todo)
    db.commit()
""",
    ),
    # Flask with login, WTForms and templates.
    good(
        "flask-blog-blueprint",
        """
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from .models import Post, db

bp = Blueprint("blog", __name__)


class PostForm(FlaskForm):
    title = StringField(validators=[DataRequired(), Length(max=120)])
    body = TextAreaField(validators=[DataRequired(), Length(max=20_000)])


def own_post(post_id):
    post = db.get_or_404(Post, post_id)
    if post.author_id != current_user.id:
        abort(403)
    return post


@bp.get("/")
def index():
    return render_template("index.html", posts=Post.query.order_by(Post.created.desc()).limit(20))


@bp.route("/posts/<int:post_id>/edit", methods=["GET", "POST"])
@login_required
def edit(post_id):
    post = own_post(post_id)
    form = PostForm(obj=post)
    if form.validate_on_submit():
        post.title, post.body = form.title.data, form.body.data
        db.session.commit()
        flash("Saved")
        return redirect(url_for("blog.index"))
    return render_template("edit.html", form=form)
""",
    ),
    # Django views with owners.
    good(
        "django-notes-views",
        """
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse_lazy
from django.views.generic import CreateView, DeleteView, ListView

from .models import Note


class OwnNotes(LoginRequiredMixin):
    model = Note

    def get_queryset(self):
        return super().get_queryset().filter(owner=self.request.user)


class NoteList(OwnNotes, ListView):
    paginate_by = 25
    ordering = "-created"


class NoteCreate(LoginRequiredMixin, CreateView):
    model = Note
    fields = ["title", "text"]
    success_url = reverse_lazy("notes")

    def form_valid(self, form):
        form.instance.owner = self.request.user
        return super().form_valid(form)


class NoteDelete(OwnNotes, DeleteView):
    success_url = reverse_lazy("notes")
""",
    ),
    # aiohttp with a pool and parameters.
    good(
        "aiohttp-stations",
        """
import os

import asyncpg
from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/stations/{id:[0-9]+}")
async def station(request: web.Request) -> web.Response:
    async with request.app["pool"].acquire() as connection:
        row = await connection.fetchrow(
            "SELECT id, name, height FROM stations WHERE id = $1", int(request.match_info["id"])
        )
    if row is None:
        raise web.HTTPNotFound()
    return web.json_response(dict(row))


async def database(app: web.Application):
    app["pool"] = await asyncpg.create_pool(os.environ["DATABASE_URL"])
    yield
    await app["pool"].close()


def make_app() -> web.Application:
    app = web.Application()
    app.add_routes(routes)
    app.cleanup_ctx.append(database)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
""",
    ),
    # Tornado with a chat that escapes.
    good(
        "tornado-chat",
        """
import json
from collections import deque

import tornado.escape
import tornado.web
import tornado.websocket


class Room:
    def __init__(self, size=100):
        self.clients = set()
        self.history = deque(maxlen=size)

    def say(self, name, text):
        message = {"name": tornado.escape.xhtml_escape(name), "text": tornado.escape.xhtml_escape(text[:500])}
        self.history.append(message)
        for client in list(self.clients):
            client.write_message(message)


class ChatSocket(tornado.websocket.WebSocketHandler):
    def initialize(self, room):
        self.room = room

    def get_current_user(self):
        value = self.get_signed_cookie("user")
        return value.decode() if value else None

    def open(self):
        if self.current_user is None:
            self.close(4401)
            return
        self.room.clients.add(self)

    def on_message(self, message):
        if self.current_user is not None:
            self.room.say(self.current_user, str(json.loads(message)["text"]))

    def on_close(self):
        self.room.clients.discard(self)
""",
    ),
    # A health server of the standard library.
    good(
        "health-http-server",
        """
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STARTED = time.monotonic()


class HealthHandler(BaseHTTPRequestHandler):
    ROUTES = {"/health": "health", "/version": "version"}

    def do_GET(self):
        name = self.ROUTES.get(self.path)
        if name is None:
            self.send_error(404)
            return
        body = json.dumps(getattr(self, name)()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def health(self):
        return {"up": round(time.monotonic() - STARTED)}

    def version(self):
        return {"api": 2}


def main():
    ThreadingHTTPServer(("127.0.0.1", 8081), HealthHandler).serve_forever()


if __name__ == "__main__":
    main()
""",
    ),
    # A dashboard with selections of its own.
    good(
        "streamlit-dashboard",
        """
import pandas as pd
import plotly.express as px
import streamlit as st

METRICS = {"Revenue": "revenue", "Orders": "orders"}


@st.cache_data(ttl=600, max_entries=10)
def load() -> pd.DataFrame:
    return pd.read_csv("sales.csv", parse_dates=["day"])


st.set_page_config(page_title="Sales")
st.markdown("<style>h1 { color: #336699; }</style>", unsafe_allow_html=True)
st.title("Sales")
label = st.sidebar.selectbox("Metric", list(METRICS))
frame = load()
weekly = frame.set_index("day")[METRICS[label]].resample("W").sum().reset_index()
st.plotly_chart(px.line(weekly, x="day", y=METRICS[label]))
st.dataframe(weekly.tail(10))
""",
    ),
    # A lambda behind a gateway with a table of DynamoDB.
    good(
        "lambda-dynamodb-get",
        '''
import json
import logging
import os

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def respond(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, default=str)}


def lambda_handler(event, context):
    """Return an order of the user who is logged in by Cognito."""
    user = event["requestContext"]["authorizer"]["claims"]["sub"]
    order_id = event["pathParameters"]["id"]
    item = table.get_item(Key={"user": user, "order": order_id}).get("Item")
    if item is None:
        return respond(404, {"error": "not found"})
    logger.info("order was read")
    return respond(200, item)
''',
    ),
    # A celery task with a table of functions.
    good(
        "celery-reports",
        '''
import csv
import os
from pathlib import Path

from celery import Celery

app = Celery("reports", broker=os.environ["BROKER_URL"])
app.conf.update(task_serializer="json", accept_content=["json"], result_serializer="json")
FOLDER = Path("/srv/reports")


def sales(rows):
    return [("day", "total"), *((row["day"], row["total"]) for row in rows)]


def stock(rows):
    return [("article", "count"), *((row["article"], row["count"]) for row in rows)]


REPORTS = {"sales": sales, "stock": stock}


@app.task
def build(kind: str, number: int, rows: list) -> str:
    """Write a report as CSV."""
    lines = REPORTS[kind](rows)
    path = FOLDER / f"report-{int(number):06d}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return path.name
''',
    ),
    # A rate limiter of redis.
    good(
        "redis-rate-limit",
        '''
import os
import time
from functools import wraps

import redis
from flask import abort
from flask_login import current_user

store = redis.Redis.from_url(os.environ["REDIS_URL"])


class RateLimiter:
    """Allows so many calls a minute and user."""

    def __init__(self, limit: int = 60):
        self.limit = limit

    def allow(self, key: str) -> bool:
        window = int(time.time() // 60)
        name = f"rate:{key}:{window}"
        pipeline = store.pipeline()
        pipeline.incr(name)
        pipeline.expire(name, 120)
        count, _ = pipeline.execute()
        return count <= self.limit


def limited(limit=60):
    limiter = RateLimiter(limit)

    def decorate(view):
        @wraps(view)
        def wrapped(*args, **kwargs):
            if not limiter.allow(f"{view.__name__}:{current_user.get_id()}"):
                abort(429)
            return view(*args, **kwargs)

        return wrapped

    return decorate
''',
    ),
    # Files by an identifier of the database, sent from a folder.
    good(
        "send-from-directory",
        '''
from flask import Blueprint, abort, current_app, send_from_directory
from flask_login import current_user, login_required

from .models import Attachment, db

bp = Blueprint("attachments", __name__)


@bp.get("/attachments/<int:attachment_id>")
@login_required
def download(attachment_id):
    """Send an attachment of the user."""
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None or attachment.owner_id != current_user.id:
        abort(404)
    return send_from_directory(
        current_app.config["ATTACHMENTS"], attachment.stored_name, as_attachment=True, download_name=attachment.title
    )
''',
    ),
    # A GraphQL schema with a loader.
    good(
        "strawberry-schema",
        '''
from typing import Optional

import strawberry
from sqlalchemy import select

from .models import BookModel
from .session import open_session


@strawberry.type
class Book:
    id: int
    title: str
    author: str


@strawberry.type
class Query:
    @strawberry.field
    def books(self, author: Optional[str] = None, limit: int = 20) -> list[Book]:
        """Books of the public catalogue."""
        query = select(BookModel).limit(max(1, min(limit, 100)))
        if author:
            query = query.where(BookModel.author == author)
        with open_session() as session:
            return [Book(id=row.id, title=row.title, author=row.author) for row in session.scalars(query)]


schema = strawberry.Schema(query=Query)
''',
    ),
    # Mongo with fields of known types.
    good(
        "mongo-articles",
        """
import os
import re

from bson import ObjectId
from bson.errors import InvalidId
from flask import Blueprint, abort, jsonify, request
from pymongo import MongoClient

bp = Blueprint("articles", __name__)


class Articles:
    def __init__(self, uri):
        self.collection = MongoClient(uri).news.articles

    def get(self, key):
        try:
            return self.collection.find_one({"_id": ObjectId(key)}, {"_id": 0, "title": 1, "text": 1})
        except InvalidId:
            return None

    def search(self, words, limit=20):
        pattern = re.compile(re.escape(words), re.IGNORECASE)
        return list(self.collection.find({"title": pattern}, {"_id": 0, "title": 1}).limit(limit))


articles = Articles(os.environ.get("MONGO_URI", "mongodb://localhost"))


@bp.get("/articles/<key>")
def article(key):
    found = articles.get(key)
    if found is None:
        abort(404)
    return jsonify(found)


@bp.get("/articles")
def search():
    return jsonify(articles.search(request.args.get("q", "")[:80]))
""",
    ),
    # Pictures checked by content and written anew.
    good(
        "image-upload-pillow",
        '''
import io
import uuid
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, UploadFile
from PIL import Image, UnidentifiedImageError

from .auth import current_user

router = APIRouter()
FOLDER = Path("/srv/pictures")
LIMIT = 4 * 1024 * 1024


@router.post("/pictures", dependencies=[Depends(current_user)])
async def upload(file: UploadFile):
    """Store a picture as a PNG of at most 1024 pixels."""
    data = await file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise HTTPException(status_code=413)
    try:
        image = Image.open(io.BytesIO(data), formats=["PNG", "JPEG"])
        if image.width * image.height > 40_000_000:
            raise HTTPException(status_code=413)
        image.thumbnail((1024, 1024))
    except (UnidentifiedImageError, OSError):
        raise HTTPException(status_code=415) from None
    name = f"{uuid.uuid4().hex}.png"
    image.convert("RGB").save(FOLDER / name, "PNG")
    return {"name": name}
''',
    ),
    # A proxy that knows its addresses by name.
    good(
        "upstream-by-name",
        '''
import aiohttp
from aiohttp import web

UPSTREAMS = {"weather": "https://weather.example.org/now", "news": "https://news.example.org/top"}


async def proxy(request: web.Request) -> web.Response:
    """GET /proxy/{name}: what one of our services says."""
    url = UPSTREAMS.get(request.match_info["name"])
    if url is None:
        raise web.HTTPNotFound()
    async with request.app["session"].get(url) as response:
        return web.json_response(await response.json(), status=response.status)


async def session(app):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as one:
        app["session"] = one
        yield


app = web.Application()
app.cleanup_ctx.append(session)
app.router.add_get("/proxy/{name}", proxy)
''',
    ),
    # Redirects by names of routes.
    good(
        "redirect-by-endpoint",
        '''
from flask import Blueprint, redirect, request, url_for

bp = Blueprint("jump", __name__)
TARGETS = {"orders": "orders.index", "account": "account.index"}


@bp.get("/jump")
def jump():
    """Go to a page by its short name."""
    endpoint = TARGETS.get(request.args.get("to"), "main.index")
    return redirect(url_for(endpoint, page=request.args.get("page", 1, type=int)))
''',
    ),
    # A webhook with a signature and its time.
    good(
        "webhook-verified",
        '''
import hashlib
import hmac
import json
import os
import time

from django.http import HttpResponse, HttpResponseForbidden
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .tasks import handle_event


def is_valid(body: bytes, stamp: str, signature: str) -> bool:
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    expected = hmac.new(os.environ["HOOK_KEY"].encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


@method_decorator(csrf_exempt, name="dispatch")
class HookView(View):
    """Events of the payment service; the signature stands for a login."""

    def post(self, request):
        if not is_valid(request.body, request.headers.get("X-Stamp", ""), request.headers.get("X-Signature", "")):
            return HttpResponseForbidden()
        handle_event.delay(json.loads(request.body))
        return HttpResponse(status=204)
''',
    ),
    # A login with a slow hash and a fresh session.
    good(
        "flask-login-bcrypt",
        """
import bcrypt
from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from .models import User

bp = Blueprint("auth", __name__)
limiter = Limiter(get_remote_address)
DUMMY = bcrypt.hashpw(b"nobody", bcrypt.gensalt())


class LoginForm(FlaskForm):
    name = StringField(validators=[DataRequired(), Length(max=80)])
    password = PasswordField(validators=[DataRequired(), Length(max=72)])


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("5 per minute")
def login():
    form = LoginForm()
    if form.validate_on_submit():
        user = User.query.filter_by(name=form.name.data).first()
        stored = user.password_hash if user else DUMMY
        if bcrypt.checkpw(form.password.data.encode(), stored) and user:
            session.clear()
            session["user_id"] = user.id
            return redirect(url_for("main.index"))
        flash("Wrong name or password")
    return render_template("login.html", form=form)
""",
    ),
    # A calendar file with a name from the database.
    good(
        "calendar-download",
        '''
from datetime import timezone

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views import View

from .models import Event


def escape(text: str) -> str:
    for char in "\\\\;,":
        text = text.replace(char, "\\\\" + char)
    return " ".join(text.splitlines())


class EventCalendar(View):
    """A public event as an iCalendar file."""

    def get(self, request, pk):
        event = get_object_or_404(Event, pk=pk, public=True)
        start = event.start.astimezone(timezone.utc)
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "BEGIN:VEVENT",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{escape(event.title)}",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        response = HttpResponse("\\r\\n".join(lines), content_type="text/calendar")
        response["Content-Disposition"] = f'attachment; filename="{slugify(event.title) or "event"}.ics"'
        return response
''',
    ),
    # A websocket client with pauses.
    good(
        "websocket-ticker-client",
        '''
import asyncio
import json
import logging
from collections import deque

import websockets

logger = logging.getLogger(__name__)


class Ticker:
    """Keeps the last prices of a stock exchange."""

    URL = "wss://ticker.example.com/v1"

    def __init__(self, symbol: str, size: int = 1000):
        self.symbol = symbol
        self.prices = deque(maxlen=size)

    async def run(self) -> None:
        async for connection in websockets.connect(self.URL):
            try:
                await connection.send(json.dumps({"subscribe": self.symbol}))
                async for message in connection:
                    self.prices.append(float(json.loads(message)["price"]))
            except websockets.ConnectionClosed:
                logger.info("connection closed, again")

    @property
    def average(self) -> float:
        return sum(self.prices) / len(self.prices) if self.prices else 0.0


if __name__ == "__main__":
    asyncio.run(Ticker("ACME").run())
''',
    ),
    # DRF with permissions by object.
    good(
        "drf-comments",
        """
from rest_framework import permissions, serializers, viewsets

from .models import Comment


class IsAuthorOrReadOnly(permissions.BasePermission):
    def has_object_permission(self, request, view, obj):
        return request.method in permissions.SAFE_METHODS or obj.author_id == request.user.id


class CommentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Comment
        fields = ["id", "text", "created"]
        read_only_fields = ["id", "created"]


class CommentViewSet(viewsets.ModelViewSet):
    queryset = Comment.objects.select_related("author")
    serializer_class = CommentSerializer
    permission_classes = [permissions.IsAuthenticatedOrReadOnly, IsAuthorOrReadOnly]

    def perform_create(self, serializer):
        serializer.save(author=self.request.user)
""",
    ),
    # Raw SQL of Django with parameters.
    good(
        "django-monthly-totals",
        '''
from django.contrib.admin.views.decorators import staff_member_required
from django.db import connection
from django.http import JsonResponse

QUERY = """
    SELECT date_trunc('month', placed_at) AS month, sum(total)
    FROM shop_order
    WHERE extract(year FROM placed_at) = %s
    GROUP BY month
    ORDER BY month
"""


@staff_member_required
def monthly_totals(request, year: int):
    """Sales by month."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [year])
        rows = cursor.fetchall()
    return JsonResponse({f"{month:%Y-%m}": str(total) for month, total in rows})
''',
    ),
    # HTML by Jinja in Starlette templates.
    good(
        "fastapi-jinja-templates",
        '''
from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

app = FastAPI()
templates = Jinja2Templates(directory="templates")
TOPICS = {"gardening": "How to grow tomatoes", "cycling": "How to repair a tube"}


@app.get("/", response_class=HTMLResponse)
def index(request: Request, q: str = Query("", max_length=100)):
    """Search in the topics; the template escapes."""
    hits = [title for name, title in TOPICS.items() if q.lower() in name]
    return templates.TemplateResponse(request, "index.html", {"query": q, "hits": hits})
''',
    ),
    # A session of requests with retries and a certificate of the company.
    good(
        "requests-session-retries",
        '''
import os

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


def make_session(ca_bundle: str = "/etc/ssl/certs/company.pem") -> requests.Session:
    """A session that tries again and trusts the authority of the company."""
    session = requests.Session()
    session.verify = ca_bundle
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=3, backoff_factor=0.5, status_forcelist=[502, 503])))
    return session


class Inventory:
    def __init__(self):
        self.session = make_session()
        self.session.headers["X-Api-Key"] = os.environ["INVENTORY_KEY"]

    def count(self, sku: int) -> int:
        response = self.session.get(f"https://inventory.example.net/articles/{int(sku)}", timeout=5)
        response.raise_for_status()
        return int(response.json()["count"])
''',
    ),
    # Middleware that adds headers.
    good(
        "security-headers-middleware",
        """
import logging
import time
import uuid

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

logger = logging.getLogger("access")


class HeadersMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        began = time.perf_counter()
        response = await call_next(request)
        response.headers["X-Request-Id"] = uuid.uuid4().hex
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        logger.info("%d in %.3f s", response.status_code, time.perf_counter() - began)
        return response


async def ping(request):
    return JSONResponse({"pong": True})


app = Starlette(routes=[Route("/ping", ping)], middleware=[Middleware(HeadersMiddleware)])
""",
    ),
    # XML of users by defusedxml.
    good(
        "gpx-defused",
        '''
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from defusedxml.ElementTree import fromstring
from flask import Blueprint, jsonify, request
from flask_login import login_required

bp = Blueprint("tracks", __name__)
SPACE = "{http://www.topografix.com/GPX/1/1}"


@dataclass
class Point:
    lat: float
    lon: float

    def distance(self, other: "Point") -> float:
        a = sin(radians(other.lat - self.lat) / 2) ** 2
        b = cos(radians(self.lat)) * cos(radians(other.lat)) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 12742 * asin(sqrt(a + b))


@bp.post("/tracks/length")
@login_required
def length():
    """Length of an uploaded track in kilometres."""
    data = request.files["track"].read(5_000_000)
    points = [Point(float(one.get("lat")), float(one.get("lon"))) for one in fromstring(data).iter(SPACE + "trkpt")]
    return jsonify(km=sum(a.distance(b) for a, b in zip(points, points[1:])))
''',
    ),
    # A temporary folder for a conversion with lists.
    good(
        "pdf-converter-service",
        '''
import subprocess
import tempfile
from pathlib import Path

from flask import Blueprint, abort, request, send_file
from flask_login import login_required
import io

bp = Blueprint("convert", __name__)


def to_pdf(text: bytes) -> bytes:
    """Convert Markdown to PDF in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.md")
        target = Path(folder, "target.pdf")
        source.write_bytes(text)
        subprocess.run(
            ["pandoc", "--sandbox", "--from", "commonmark", "--output", str(target), str(source)],
            check=True,
            timeout=60,
        )
        return target.read_bytes()


@bp.post("/statement.pdf")
@login_required
def statement():
    amount = request.form.get("amount", type=float)
    if amount is None:
        abort(400)
    pdf = to_pdf(f"# Statement\\n\\nAmount: {amount:.2f}\\n".encode())
    return send_file(io.BytesIO(pdf), mimetype="application/pdf")
''',
    ),
    # Sessions in redis with cookies that have their attributes.
    good(
        "redis-sessions",
        """
import json
import os
import secrets

import redis.asyncio as redis
from starlette.responses import JSONResponse

LIFETIME = 3600


class SessionStore:
    def __init__(self, url: str):
        self.redis = redis.from_url(url)

    async def create(self, user_id: int) -> str:
        key = secrets.token_urlsafe(32)
        await self.redis.set(f"session:{key}", json.dumps({"user": user_id}), ex=LIFETIME)
        return key

    async def load(self, key: str):
        raw = await self.redis.get(f"session:{key}")
        return json.loads(raw) if raw else None

    async def destroy(self, key: str) -> None:
        await self.redis.delete(f"session:{key}")


store = SessionStore(os.environ["REDIS_URL"])


async def after_login(user):
    response = JSONResponse({"ok": True})
    key = await store.create(user.id)
    response.set_cookie("session", key, max_age=LIFETIME, secure=True, httponly=True, samesite="strict")
    return response
""",
    ),
    # Kinds of an export by a dictionary, with a safe CSV.
    good(
        "export-kinds",
        '''
import csv
import io
import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest


class Exporter:
    """Writes measurements, which are numbers, in some formats."""

    def as_csv(self, rows):
        buffer = io.StringIO()
        csv.writer(buffer).writerows([("day", "kilograms"), *rows])
        return buffer.getvalue(), "text/csv"

    def as_json(self, rows):
        return json.dumps([{"day": day, "kilograms": weight} for day, weight in rows]), "application/json"


FORMATS = {"csv": Exporter.as_csv, "json": Exporter.as_json}


@login_required
def export(request):
    write = FORMATS.get(request.GET.get("format", "csv"))
    if write is None:
        return HttpResponseBadRequest("unknown format")
    rows = [(one.day.isoformat(), float(one.weight)) for one in request.user.measurements.all()[:5000]]
    body, kind = write(Exporter(), rows)
    return HttpResponse(body, content_type=kind)
''',
    ),
    # A bot with commands.
    good(
        "telegram-bot-reminders",
        '''
import logging
import os

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes

logging.basicConfig(level=logging.INFO)
logging.getLogger("httpx").setLevel(logging.WARNING)


async def ring(context: ContextTypes.DEFAULT_TYPE) -> None:
    await context.bot.send_message(context.job.chat_id, text=f"Reminder: {context.job.data}")


async def remind(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """/remind 10 tea"""
    if len(context.args) < 2 or not context.args[0].isdecimal() or int(context.args[0]) > 1440:
        await update.message.reply_text("Usage: /remind MINUTES TEXT")
        return
    chat = update.effective_chat.id
    if len(context.job_queue.get_jobs_by_name(str(chat))) >= 10:
        await update.message.reply_text("Too many reminders")
        return
    text = " ".join(context.args[1:])
    context.job_queue.run_once(ring, int(context.args[0]) * 60, data=text, chat_id=chat, name=str(chat))
    await update.message.reply_text("I will tell you")


def main() -> None:
    app = Application.builder().token(os.environ["BOT_TOKEN"]).build()
    app.add_handler(CommandHandler("remind", remind))
    app.run_polling()


if __name__ == "__main__":
    main()
''',
    ),
    # Settings by pydantic with secrets from the environment.
    good(
        "pydantic-settings",
        '''
from functools import lru_cache

from pydantic import PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker


class Settings(BaseSettings):
    """Read from the environment or the file .env."""

    model_config = SettingsConfigDict(env_file=".env", env_prefix="APP_")

    database_url: PostgresDsn
    secret_key: SecretStr
    token_minutes: int = 30
    token_type: str = "bearer"


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()


@lru_cache(maxsize=1)
def session_factory():
    engine = create_engine(str(settings().database_url), pool_pre_ping=True)
    return sessionmaker(engine, expire_on_commit=False)
''',
    ),
    # A cut file: a service whose base class and imports are missing.
    good(
        "partial-stock-service",
        '''
class StockService(BaseService):
    """Reserve and release articles."""

    MAX_PER_ORDER = 50

    def reserve(self, user, sku, amount):
        if not user.has_perm("stock.reserve"):
            raise PermissionDenied
        if not 0 < amount <= self.MAX_PER_ORDER:
            raise ValidationError("invalid amount")
        with transaction.atomic():
            article = Article.objects.select_for_update().get(sku=sku)
            if article.available < amount:
                raise OutOfStock(sku)
            article.available -= amount
            article.save(update_fields=["available"])
            Reservation.objects.create(user=user, article=article, amount=amount)
        logger.info("reserved %d of article %d", amount, article.pk)
        return article.available
''',
    ),
    # A cut file: a helper of tests with what would be bad elsewhere.
    good(
        "pytest-fixtures",
        """
import pytest
from app import create_app
from app.models import User, db


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    app = create_app({"TESTING": True})
    with app.app_context():
        db.create_all()
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


def test_login_is_required(client):
    assert client.get("/account").status_code == 401


def test_sql_is_no_code(client):
    assert client.get("/search", query_string={"q": "' OR 1=1 --"}).get_json() == []
""",
    ),
)
