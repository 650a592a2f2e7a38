"""Good programs without a twin: applications of web frameworks, and functions cut from such."""

from corpus import good

RECORDS = (
    good(
        "flask-todo",
        """
import os
import sqlite3
from flask import Flask, g, jsonify, request, abort, session
from flask_wtf.csrf import CSRFProtect

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
CSRFProtect(app)


def db():
    if "db" not in g:
        g.db = sqlite3.connect("todo.db")
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close(_error):
    if "db" in g:
        g.db.close()


def user_id():
    if "user_id" not in session:
        abort(401)
    return session["user_id"]


@app.get("/todos")
def index():
    rows = db().execute("SELECT id, title, done FROM todo WHERE owner = ?", (user_id(),)).fetchall()
    return jsonify([dict(row) for row in rows])


@app.post("/todos")
def create():
    title = request.get_json().get("title", "").strip()
    if not title or len(title) > 200:
        abort(400)
    cursor = db().execute("INSERT INTO todo (title, owner) VALUES (?, ?)", (title, user_id()))
    db().commit()
    return jsonify({"id": cursor.lastrowid}), 201


@app.delete("/todos/<int:todo_id>")
def delete(todo_id):
    db().execute("DELETE FROM todo WHERE id = ? AND owner = ?", (todo_id, user_id()))
    db().commit()
    return "", 204
""",
    ),
    good(
        "flask-templates",
        """
from flask import Flask, render_template, request, url_for, redirect, flash
from flask_login import login_required, current_user

from .models import Post, db

app = Flask(__name__)


@app.route("/")
def index():
    page = request.args.get("page", 1, type=int)
    posts = Post.query.order_by(Post.created.desc()).paginate(page=page, per_page=10)
    return render_template("index.html", posts=posts, q=request.args.get("q", ""))


@app.route("/posts/new", methods=["GET", "POST"])
@login_required
def new():
    if request.method == "POST":
        post = Post(title=request.form["title"], body=request.form["body"], author=current_user)
        db.session.add(post)
        db.session.commit()
        flash(f"Saved {post.title}")
        return redirect(url_for("show", post_id=post.id))
    return render_template("new.html")


@app.route("/posts/<int:post_id>")
def show(post_id):
    return render_template("post.html", post=Post.query.get_or_404(post_id))
""",
    ),
    good(
        "flask-login-done-right",
        """
import os
import sqlite3
from flask import Flask, request, session, redirect, url_for, render_template
from flask_wtf.csrf import CSRFProtect
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SESSION_COOKIE_SECURE"] = True
csrf = CSRFProtect(app)


@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "GET":
        return render_template("register.html")
    username = request.form["username"]
    with sqlite3.connect("users.db") as conn:
        conn.execute(
            "INSERT INTO users (username, password) VALUES (?, ?)",
            (username, generate_password_hash(request.form["password"])),
        )
    return redirect(url_for("login"))


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template("login.html")
    with sqlite3.connect("users.db") as conn:
        row = conn.execute("SELECT id, password FROM users WHERE username = ?", (request.form["username"],)).fetchone()
    if row is None or not check_password_hash(row[1], request.form["password"]):
        return render_template("login.html", error="Invalid username or password"), 401
    session.clear()
    session["user_id"] = row[0]
    return redirect(url_for("home"))


@app.route("/home")
def home():
    if "user_id" not in session:
        return redirect(url_for("login"))
    return render_template("home.html")
""",
    ),
    good(
        "jwt-done-right",
        """
import datetime
import os

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from passlib.context import CryptContext

SECRET_KEY = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"
app = FastAPI()
passwords = CryptContext(schemes=["bcrypt"], deprecated="auto")
oauth2 = OAuth2PasswordBearer(tokenUrl="token")
users: dict[str, str] = load_users()


def create_token(subject: str) -> str:
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=30)
    return jwt.encode({"sub": subject, "exp": expires}, SECRET_KEY, algorithm=ALGORITHM)


def current_user(token: str = Depends(oauth2)) -> str:
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Could not validate credentials")
    return payload["sub"]


@app.post("/token")
def token(form: OAuth2PasswordRequestForm = Depends()):
    hashed = users.get(form.username)
    if hashed is None or not passwords.verify(form.password, hashed):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Incorrect username or password")
    return {"access_token": create_token(form.username), "token_type": "bearer"}


@app.get("/users/me")
def me(user: str = Depends(current_user)):
    return {"username": user}
""",
    ),
    good(
        "fastapi-crud",
        """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from .auth import current_user
from .database import get_session
from .models import Item

app = FastAPI()


class NewItem(BaseModel):
    name: str = Field(max_length=100)
    price: float = Field(gt=0)


@app.get("/items")
def items(limit: int = 20, offset: int = 0, session: Session = Depends(get_session)):
    return session.scalars(select(Item).offset(offset).limit(min(limit, 100))).all()


@app.post("/items", status_code=201)
def create(item: NewItem, session: Session = Depends(get_session), user=Depends(current_user)):
    record = Item(**item.model_dump(), owner_id=user.id)
    session.add(record)
    session.commit()
    return {"id": record.id}


@app.delete("/items/{item_id}", status_code=204)
def delete(item_id: int, session: Session = Depends(get_session), user=Depends(current_user)):
    record = session.get(Item, item_id)
    if record is None or record.owner_id != user.id:
        raise HTTPException(status_code=404)
    session.delete(record)
    session.commit()
""",
    ),
    good(
        "django-views",
        """
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render

from .forms import CommentForm
from .models import Article


def article_list(request):
    query = request.GET.get("q", "")
    articles = Article.objects.filter(Q(title__icontains=query) | Q(body__icontains=query)).order_by("-published")
    page = Paginator(articles, 20).get_page(request.GET.get("page"))
    return render(request, "articles/list.html", {"page": page, "query": query})


@login_required
def comment(request, slug):
    article = get_object_or_404(Article, slug=slug)
    form = CommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entry = form.save(commit=False)
        entry.author = request.user
        entry.article = article
        entry.save()
        return redirect(article)
    return render(request, "articles/comment.html", {"form": form, "article": article})
""",
    ),
    good(
        "django-raw-parameters",
        """
from django.db import connection
from django.http import JsonResponse

ORDER = {"name": "name", "newest": "created DESC", "oldest": "created ASC"}


def products(request):
    order = ORDER.get(request.GET.get("order"), "name")
    with connection.cursor() as cursor:
        sql = f"SELECT name, price FROM product WHERE category = %s ORDER BY {order}"
        cursor.execute(sql, [request.GET["category"]])
        rows = cursor.fetchall()
    return JsonResponse({"products": [{"name": name, "price": str(price)} for name, price in rows]})
""",
    ),
    good(
        "django-class-views",
        """
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.urls import reverse_lazy
from django.views.generic import CreateView, DeleteView, ListView

from .models import Recipe


class RecipeList(ListView):
    model = Recipe
    paginate_by = 20


class RecipeCreate(LoginRequiredMixin, CreateView):
    model = Recipe
    fields = ["title", "ingredients", "steps"]

    def form_valid(self, form):
        form.instance.author = self.request.user
        return super().form_valid(form)


class RecipeDelete(LoginRequiredMixin, UserPassesTestMixin, DeleteView):
    model = Recipe
    success_url = reverse_lazy("recipes")

    def test_func(self):
        return self.get_object().author == self.request.user
""",
    ),
    good(
        "aiohttp-json-api",
        """
import json

from aiohttp import web

NOTES = web.AppKey("notes", dict)


async def read(request):
    note = request.app[NOTES].get(int(request.match_info["id"]))
    if note is None:
        raise web.HTTPNotFound()
    return web.json_response({"text": note})


async def count(request):
    return web.Response(text=json.dumps({"count": len(request.app[NOTES])}), content_type="application/json")


def make_app():
    app = web.Application(client_max_size=64 * 1024)
    app[NOTES] = {1: "first", 2: "second"}
    app.add_routes([web.get(r"/notes/{id:\\d+}", read), web.get("/count", count)])
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
""",
    ),
    good(
        "tornado-template",
        """
import os

import tornado.ioloop
import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("index.html", name=self.get_argument("name", "visitor"))


class TimeHandler(tornado.web.RequestHandler):
    def get(self):
        self.write({"seconds": tornado.ioloop.IOLoop.current().time()})


def make_app():
    return tornado.web.Application(
        [(r"/", MainHandler), (r"/time", TimeHandler)],
        template_path=os.path.join(os.path.dirname(__file__), "templates"),
        cookie_secret=os.environ["COOKIE_SECRET"],
        xsrf_cookies=True,
    )


if __name__ == "__main__":
    make_app().listen(8888, address="127.0.0.1")
    tornado.ioloop.IOLoop.current().start()
""",
    ),
    good(
        "safe-join",
        """
import os
from flask import Flask, abort, send_file
from werkzeug.utils import safe_join

app = Flask(__name__)
ROOT = "/srv/manuals"


@app.route("/manuals/<path:name>")
def manual(name):
    path = safe_join(ROOT, name)
    if path is None or not os.path.isfile(path):
        abort(404)
    return send_file(path)
""",
    ),
    good(
        "upload-done-right",
        """
import os
import secrets
from flask import Flask, request, jsonify
from flask_login import login_required
from flask_wtf.csrf import CSRFProtect
from werkzeug.utils import secure_filename

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
CSRFProtect(app)
EXTENSIONS = {".png", ".jpg"}


def allowed(name):
    return os.path.splitext(name)[1].lower() in EXTENSIONS


@app.post("/photos")
@login_required
def upload():
    photo = request.files["photo"]
    name = secure_filename(photo.filename)
    if not name or not allowed(name):
        return jsonify({"error": "only PNG and JPEG"}), 400
    stored = secrets.token_hex(8) + os.path.splitext(name)[1].lower()
    photo.save(os.path.join("/srv/photos", stored))
    return jsonify({"id": stored}), 201
""",
    ),
    good(
        "error-handlers",
        """
import logging
from flask import Flask, jsonify, request

app = Flask(__name__)
logger = logging.getLogger(__name__)


class InvalidOrder(Exception):
    pass


@app.errorhandler(404)
def not_found(error):
    return jsonify({"error": "not found"}), 404


@app.errorhandler(InvalidOrder)
def invalid(error):
    return jsonify({"error": "invalid order"}), 400


@app.errorhandler(Exception)
def internal(error):
    logger.exception("unhandled error at %r", request.path)
    return jsonify({"error": "internal error"}), 500


@app.get("/health")
def health():
    return jsonify({"status": "ok"})
""",
    ),
    good(
        "requests-client",
        '''
import os
from urllib.parse import quote, urljoin

import requests


class IssueTracker:
    """Client of the tracker's REST interface."""

    def __init__(self, base_url="https://tracker.example.com/api/", token=None):
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer " + (token or os.environ["TRACKER_TOKEN"])

    def issue(self, number):
        return self._get(f"issues/{int(number)}")

    def search(self, text):
        return self._get("issues", params={"q": text})["items"]

    def user(self, name):
        return self._get("users/" + quote(name, safe=""))

    def _get(self, path, **options):
        response = self.session.get(urljoin(self.base_url, path), timeout=10, **options)
        response.raise_for_status()
        return response.json()
''',
    ),
    good(
        "sqlalchemy-models",
        """
from sqlalchemy import ForeignKey, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


def books_by(session: Session, name: str):
    return session.scalars(select(Book).join(Author).where(Author.name == name).order_by(Book.title)).all()


def prolific(session: Session, least: int):
    return session.execute(
        select(Author.name, func.count(Book.id)).join(Book).group_by(Author.id).having(func.count(Book.id) >= least)
    ).all()


def setup(url="sqlite:///books.db"):
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    return engine
""",
    ),
    good(
        "celery-task",
        """
import logging

from celery import shared_task
from django.core.mail import send_mail

from .models import Order

logger = logging.getLogger(__name__)


@shared_task(bind=True, max_retries=3)
def send_confirmation(self, order_id):
    order = Order.objects.select_related("customer").get(pk=order_id)
    try:
        send_mail(
            subject=f"Order {order.number}",
            message=f"Dear {order.customer.name}, thank you for your order.",
            from_email="shop@example.com",
            recipient_list=[order.customer.email],
        )
    except OSError as error:
        logger.warning("mail for order %s failed", order.number)
        raise self.retry(exc=error, countdown=60)
""",
    ),
    good(
        "redirect-fixed",
        """
from flask import Flask, redirect, request, session, url_for

app = Flask(__name__)
app.secret_key = read_key()
PAGES = {"cart": "cart", "orders": "orders"}


@app.route("/go")
def go():
    return redirect(url_for(PAGES.get(request.args.get("page"), "index")))


@app.route("/lang/<code>")
def language(code):
    session["lang"] = code if code in ("en", "de", "fr") else "en"
    return redirect(url_for("index"))
""",
    ),
    good(
        "fastapi-pagination-cache",
        """
from functools import lru_cache

from fastapi import APIRouter, Depends, Query

from .store import Store, get_store

router = APIRouter(prefix="/articles")


@lru_cache(maxsize=256)
def summary(text: str) -> str:
    return text[:200] + ("…" if len(text) > 200 else "")


@router.get("")
async def articles(
    page: int = Query(1, ge=1, le=1000), size: int = Query(20, ge=1, le=100), store: Store = Depends(get_store)
):
    found = await store.page(page, size)
    return {"items": [{"id": one.id, "summary": summary(one.body)} for one in found], "page": page}
""",
    ),
    good(
        "fragment-serializer",
        """
def serialize_user(user, include_email=False):
    data = {
        "id": user.id,
        "name": user.name,
        "joined": user.created_at.isoformat(),
        "has_password": bool(user.password_hash),
    }
    if include_email:
        data["email"] = user.email
    return data
""",
    ),
    good(
        "fragment-transfer",
        """
def transfer_funds(session, current_user, target_id, amount):
    if amount <= 0:
        raise ValueError("amount must be positive")
    source = session.get(Account, current_user.account_id, with_for_update=True)
    target = session.get(Account, target_id, with_for_update=True)
    if target is None or source.balance < amount:
        raise TransferError("transfer is not possible")
    source.balance -= amount
    target.balance += amount
    session.commit()
    return source.balance
""",
    ),
    good(
        "fragment-cleanup",
        '''
def purge_expired(conn, now):
    """Delete sessions and tokens that have expired."""
    total = 0
    for table, column in (("sessions", "expires_at"), ("reset_tokens", "valid_until")):
        cursor = conn.execute(f"DELETE FROM {table} WHERE {column} < ?", (now,))
        total += cursor.rowcount
    conn.commit()
    logger.info("purged %d rows", total)
    return total
''',
    ),
    good(
        "fragment-thumbnail",
        """
def make_thumbnail(source: Path, size=(128, 128)) -> Path:
    target = source.with_name(f"{source.stem}_thumb.jpg")
    with Image.open(source) as image:
        image.thumbnail(size)
        image.convert("RGB").save(target, "JPEG", quality=85)
    return target
""",
    ),
    good(
        "fragment-rate-limit",
        '''
class RateLimiter:
    """At most `limit` calls within `window` seconds for each key."""

    def __init__(self, limit, window, size=10_000):
        self.limit = limit
        self.window = window
        self.size = size
        self.calls = OrderedDict()

    def allow(self, key):
        now = time.monotonic()
        recent = [moment for moment in self.calls.pop(key, []) if now - moment < self.window]
        allowed = len(recent) < self.limit
        if allowed:
            recent.append(now)
        self.calls[key] = recent
        while len(self.calls) > self.size:
            self.calls.popitem(last=False)
        return allowed
''',
    ),
    good(
        "webhook-verified",
        """
import hashlib
import hmac
import os

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
SECRET = os.environ["WEBHOOK_SECRET"].encode()


@app.post("/hooks/build")
async def build(request: Request):
    body = await request.body()
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("X-Signature-256", ""), expected):
        raise HTTPException(status_code=403)
    event = await request.json()
    return {"accepted": event.get("ref") == "refs/heads/main"}
""",
    ),
    good(
        "bleach-markdown",
        """
import bleach
import markdown
from flask import Flask, request
from markupsafe import Markup, escape

app = Flask(__name__)
TAGS = ["p", "em", "strong", "ul", "li", "code"]


@app.post("/preview")
def preview():
    text = request.form.get("text", "")[:10_000]
    return Markup(bleach.clean(markdown.markdown(text), tags=TAGS, attributes={}))


@app.get("/hello")
def hello():
    return Markup("<b>Hello, {}</b>").format(request.args.get("name", ""))


@app.get("/bye")
def bye():
    return f"<p>Bye, {escape(request.args.get('name', ''))}</p>"
""",
    ),
)
