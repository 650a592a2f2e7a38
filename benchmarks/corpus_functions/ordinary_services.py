"""Good views, handlers and coroutines without a twin."""

from corpus import good

RECORDS = (
    # A template that escapes by itself.
    good(
        "short-search-page",
        r"""
from flask import Flask, render_template, request

app = Flask(__name__)


@app.get("/search")
def search():
    query = request.args.get("q", "", type=str)[:100]
    results = app.index.search(query) if query else []
    return render_template("search.html", query=query, results=results)
""",
    ),
    # JSON of a text is no page.
    good(
        "reverse-text",
        r"""
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/reverse")
def reverse():
    text = request.args.get("text", "")[:1000]
    return jsonify(text=text, reversed=text[::-1])
""",
    ),
    # A redirect to a page of one's own, by its number.
    good(
        "article-by-number",
        r'''
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from .models import Article


@require_GET
def old_article(request):
    """Redirect addresses of the old site (?id=12) to the new ones."""
    number = request.GET.get("id", "")
    article = get_object_or_404(Article, pk=int(number) if number.isdecimal() and len(number) < 10 else 0, public=True)
    return HttpResponsePermanentRedirect(reverse("article", args=[article.slug]))
''',
    ),
    # The body's model says what is let in.
    good(
        "create-reminder",
        r"""
from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from .security import User, current_user
from .store import Reminders, reminders

router = APIRouter()


class NewReminder(BaseModel):
    text: str = Field(min_length=1, max_length=500)
    due: datetime


@router.post("/reminders", status_code=201)
async def create(body: NewReminder, user: User = Depends(current_user), store: Reminders = Depends(reminders)):
    reminder = await store.add(owner=user.id, text=body.text, due=body.due)
    return {"id": reminder.id}
""",
    ),
    # The query is bound, the page is bounded.
    good(
        "list-of-own-orders",
        r"""
import asyncpg
from fastapi import APIRouter, Depends, Query

from .security import User, current_user, get_pool

router = APIRouter()


@router.get("/orders")
async def orders(
    page: int = Query(0, ge=0, le=10_000), user: User = Depends(current_user), pool: asyncpg.Pool = Depends(get_pool)
):
    rows = await pool.fetch(
        "SELECT id, total, created FROM orders WHERE customer = $1 ORDER BY created DESC LIMIT 20 OFFSET $2",
        user.id,
        page * 20,
    )
    return [dict(row) for row in rows]
""",
    ),
    # A handler that answers with what it looked up.
    good(
        "lambda-product",
        r"""
import json
import os
from decimal import Decimal

import boto3

table = boto3.resource("dynamodb").Table(os.environ["PRODUCTS_TABLE"])


def plain(value):
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def lambda_handler(event, context):
    sku = event["pathParameters"]["sku"]
    item = table.get_item(Key={"sku": sku}, ProjectionExpression="sku, title, price").get("Item")
    if item is None:
        return {"statusCode": 404, "body": json.dumps({"error": "not found"})}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(item, default=plain)}
""",
    ),
    # The name of the upload is not used, its content is looked at.
    good(
        "upload-picture",
        r"""
import io
import uuid
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, UploadFile
from PIL import Image, UnidentifiedImageError

from .security import current_user

router = APIRouter(dependencies=[Depends(current_user)])
FOLDER = Path("/srv/media/pictures")


@router.post("/pictures")
async def upload(file: UploadFile):
    data = await file.read(5_000_001)
    if len(data) > 5_000_000:
        raise HTTPException(413)
    try:
        picture = Image.open(io.BytesIO(data), formats=["PNG", "JPEG"])
    except UnidentifiedImageError as error:
        raise HTTPException(415) from error
    if picture.width * picture.height > 20_000_000:
        raise HTTPException(413)
    name = f"{uuid.uuid4().hex}.png"
    picture.convert("RGB").save(FOLDER / name, "PNG")
    return {"name": name}
""",
    ),
    # The download's name is made of a number.
    good(
        "download-invoice",
        r"""
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import get_object_or_404

from .models import Invoice


@login_required
def invoice_pdf(request, pk: int):
    invoice = get_object_or_404(Invoice, pk=pk, customer=request.user)
    return FileResponse(invoice.pdf.open("rb"), as_attachment=True, filename=f"invoice-{invoice.pk}.pdf")
""",
    ),
    # A file of a folder by the function that was made for it.
    good(
        "static-documents",
        r"""
from flask import Flask, send_from_directory

app = Flask(__name__)


@app.get("/docs/<path:name>")
def docs(name):
    return send_from_directory("/srv/docs/public", name)
""",
    ),
    # The login, with a hash, a new session and an answer that is always the same.
    good(
        "login-view",
        r"""
from flask import Blueprint, current_app, request, session
from werkzeug.security import check_password_hash, generate_password_hash

bp = Blueprint("auth", __name__)
DUMMY = generate_password_hash("nobody has this password")


@bp.post("/login")
def login():
    current_app.csrf.protect()
    current_app.limiter.hit("login", request.remote_addr)
    user = current_app.users.by_name(request.form.get("name", ""))
    stored = user.password_hash if user else DUMMY
    if not check_password_hash(stored, request.form.get("password", "")) or user is None:
        return {"error": "name or password is wrong"}, 401
    session.clear()
    session["user_id"] = user.id
    return {"name": user.name}
""",
    ),
    # A link that is signed and ends.
    good(
        "unsubscribe-link",
        r"""
from django.core import signing
from django.http import HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_http_methods

from .models import Subscription


def unsubscribe_token(subscription_id: int) -> str:
    return signing.dumps(subscription_id, salt="unsubscribe")


@require_http_methods(["POST"])
def unsubscribe(request):
    try:
        subscription_id = signing.loads(request.POST.get("token", ""), salt="unsubscribe", max_age=90 * 86400)
    except signing.BadSignature:
        return HttpResponseBadRequest("the link is no longer valid")
    Subscription.objects.filter(pk=subscription_id).update(active=False)
    return HttpResponse("You will get no more mails.")
""",
    ),
    # Tokens with an algorithm, an audience and an end.
    good(
        "bearer-dependency",
        r"""
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jwt import PyJWKClient

scheme = OAuth2PasswordBearer(tokenUrl="token")
keys = PyJWKClient("https://id.example.com/.well-known/jwks.json", timeout=5)


def current_subject(token: str = Depends(scheme)) -> str:
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token, key.key, algorithms=["RS256"], audience="orders", issuer="https://id.example.com/",
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise HTTPException(401, "invalid token", headers={"WWW-Authenticate": "Bearer"}) from error
    return claims["sub"]
""",
    ),
    # A mongo query of texts.
    good(
        "mongo-products-by-tag",
        r"""
from flask import Flask, jsonify, request
from pymongo import MongoClient

app = Flask(__name__)
products = MongoClient("mongodb://mongo.internal:27017", tls=True, serverSelectionTimeoutMS=3000).shop.products


@app.get("/products")
def by_tag():
    tag = request.args.get("tag", "", type=str)
    found = products.find({"tags": tag, "visible": True}, {"_id": 0, "name": 1, "price": 1}).limit(50)
    return jsonify(list(found))
""",
    ),
    # CORS for one's own application.
    good(
        "cors-for-own-app",
        r"""
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI(docs_url=None, redoc_url=None)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_credentials=True,
    allow_methods=["GET", "POST", "DELETE"],
    allow_headers=["Content-Type", "X-CSRF-Token"],
)


@app.get("/health")
async def health():
    return {"status": "ok"}
""",
    ),
    # Every origin may read what is public anyway, without cookies.
    good(
        "public-rates-any-origin",
        r"""
from flask import Flask, jsonify

app = Flask(__name__)
RATES = {"EUR": 1.0, "USD": 1.08, "CHF": 0.95}


@app.get("/rates")
def rates():
    response = jsonify(RATES)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
""",
    ),
    # A consumer of a queue that reads JSON.
    good(
        "queue-consumer",
        r"""
import json
import logging
import os

import redis

logger = logging.getLogger("worker")


def main():
    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=30)
    while True:
        found = client.blpop(["mails"], timeout=20)
        if found is None:
            continue
        try:
            job = json.loads(found[1])
            address, kind = str(job["address"]), str(job["kind"])
        except (ValueError, KeyError, TypeError):
            logger.warning("dropped a malformed job of %d bytes", len(found[1]))
            continue
        logger.info("job %r for %r", kind[:20], address[:100])


if __name__ == "__main__":
    main()
""",
    ),
    # A webhook whose signature is compared before its body is read.
    good(
        "webhook-with-signature",
        r"""
import hashlib
import hmac
import json
import os
import time

from aiohttp import web

routes = web.RouteTableDef()


@routes.post("/hooks/chat")
async def hook(request: web.Request) -> web.Response:
    body = await request.read()
    stamp = request.headers.get("X-Timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp[:12])) > 300:
        raise web.HTTPForbidden()
    expected = hmac.new(os.environ["CHAT_SECRET"].encode(), stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.headers.get("X-Signature", "").encode()):
        raise web.HTTPForbidden()
    data = json.loads(body)
    return web.json_response({"text": f"received {len(str(data.get('text', '')))} characters"})
""",
    ),
)
