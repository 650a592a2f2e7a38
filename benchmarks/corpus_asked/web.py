"""Pages, headers, logs, redirects, cookies, forged requests, tables for spreadsheets."""

from corpus import pair

RECORDS = (
    *pair(
        "flask-search-page",
        79,
        """
from flask import Flask, request
+from markupsafe import escape

app = Flask(__name__)


@app.route('/search')
def search():
    query = request.args.get('q', '')
    results = find_results(query)
    html = '<html><body>'
-    html += f'<h2>Results for: {query}</h2><ul>'
+    html += f'<h2>Results for: {escape(query)}</h2><ul>'
    for result in results:
-        html += '<li>' + result + '</li>'
+        html += '<li>' + str(escape(result)) + '</li>'
    html += '</ul></body></html>'
    return html
""",
    ),
    *pair(
        "comments-board",
        79,
        """
import sqlite3
+import html
from flask import Flask, request, redirect, g

app = Flask(__name__)


def db():
    if "db" not in g:
        g.db = sqlite3.connect("comments.db")
    return g.db


@app.post("/comments")
def add():
    db().execute("INSERT INTO comments (body) VALUES (?)", (request.form["body"],))
    db().commit()
    return redirect("/comments")


@app.get("/comments")
def show():
    rows = db().execute("SELECT body FROM comments ORDER BY id DESC LIMIT 100").fetchall()
-    items = "".join(f"<li>{row[0]}</li>" for row in rows)
+    items = "".join(f"<li>{html.escape(row[0])}</li>" for row in rows)
    return f"<ul>{items}</ul>"
""",
    ),
    *pair(
        "django-greeting",
        79,
        """
from django.http import HttpResponse
+from django.utils.html import format_html


def greet(request):
    name = request.GET.get("name", "stranger")
-    return HttpResponse("<p>Hello, %s!</p>" % name)
+    return HttpResponse(format_html("<p>Hello, {}!</p>", name))
""",
    ),
    *pair(
        "mark-safe-profile",
        79,
        """
from django.shortcuts import render
+from django.utils.html import escape
from django.utils.safestring import mark_safe


def profile(request):
    bio = request.POST.get("bio", "")
-    bio_html = mark_safe(bio.replace("\\n", "<br>"))
+    bio_html = mark_safe(escape(bio).replace("\\n", "<br>"))
    return render(request, "profile.html", {"bio": bio_html})
""",
    ),
    *pair(
        "fastapi-html",
        79,
        '''
+from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.get("/welcome", response_class=HTMLResponse)
async def welcome(user: str = "guest"):
    return f"""
    <html>
      <body>
-        <h1>Welcome {user}</h1>
+        <h1>Welcome {escape(user)}</h1>
      </body>
    </html>
    """
''',
    ),
    *pair(
        "aiohttp-error-page",
        79,
        """
import html

from aiohttp import web


async def page(request):
    name = request.match_info.get("name")
    document = await load_page(name)
    if document is None:
-        body = "<h1>Page %s was not found</h1>" % name
+        body = "<h1>Page %s was not found</h1>" % html.escape(name)
        return web.Response(text=body, content_type="text/html", status=404)
    return web.Response(text=document, content_type="text/html")


app = web.Application()
app.router.add_get("/pages/{name}", page)
""",
    ),
    *pair(
        "jinja-no-autoescape",
        79,
        """
from flask import Flask, request
from jinja2 import Environment, FileSystemLoader

app = Flask(__name__)
-environment = Environment(loader=FileSystemLoader("templates"))
+environment = Environment(loader=FileSystemLoader("templates"), autoescape=True)


@app.route("/card")
def card():
    return environment.get_template("card.html").render(name=request.args.get("name"))
""",
    ),
    *pair(
        "script-block-json",
        116,
        '''
import html
import json


def product_row(product):
    """Render a product as a table row for the catalogue page."""
-    label = product["name"].replace("<", "&lt;")
+    label = html.escape(product["name"], quote=True)
    return f'<tr data-name="{label}"><td>{label}</td></tr>'


def render_catalogue(request_body):
    products = json.loads(request_body)
    return "<table>" + "".join(product_row(product) for product in products) + "</table>"
''',
    ),
    *pair(
        "strip-script-tags",
        116,
        """
import re
+import html
from flask import Flask, request

app = Flask(__name__)


@app.route("/preview", methods=["POST"])
def preview():
    text = request.form.get("text", "")
-    cleaned = re.sub(r"<script.*?>.*?</script>", "", text)
+    cleaned = html.escape(text)
    return "<div class='preview'>" + cleaned + "</div>"
""",
    ),
    *pair(
        "header-download",
        113,
        """
from http.server import BaseHTTPRequestHandler, HTTPServer
-from urllib.parse import urlparse, parse_qs
+from urllib.parse import urlparse, parse_qs, quote


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        target = query.get("lang", ["en"])[0]
        self.send_response(200)
-        self.send_header("Content-Language", target)
+        self.send_header("Content-Language", quote(target))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"ok")


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
""",
    ),
    *pair(
        "smtp-header",
        93,
        """
import smtplib
from email.message import EmailMessage

from flask import Flask, request

app = Flask(__name__)


@app.post("/contact")
def contact():
    sender = request.form["email"]
    subject = request.form["subject"]
    body = request.form["message"]
-    text = f"From: {sender}\\r\\nTo: support@example.com\\r\\nSubject: {subject}\\r\\n\\r\\n{body}"
+    message = EmailMessage()
+    message["From"] = "noreply@example.com"
+    message["To"] = "support@example.com"
+    message["Subject"] = subject
+    message.set_content(sender + " writes:\\n" + body)
    with smtplib.SMTP("localhost") as server:
-        server.sendmail(sender, ["support@example.com"], text)
+        server.send_message(message)
    return "sent"
""",
    ),
    *pair(
        "login-log",
        117,
        """
import logging
from flask import Flask, request, jsonify

app = Flask(__name__)
logging.basicConfig(filename="auth.log", level=logging.INFO, format="%(asctime)s %(message)s")


@app.route("/login", methods=["POST"])
def login():
    username = request.form.get("username", "")
    if not authenticate(username, request.form.get("password", "")):
-        logging.warning("Failed login for user " + username)
+        logging.warning("Failed login for user %s", username.replace("\\r", "").replace("\\n", ""))
        return jsonify({"error": "invalid"}), 401
    return jsonify({"status": "ok"})
""",
    ),
    *pair(
        "django-audit-log",
        117,
        """
import logging

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse

logger = logging.getLogger(__name__)


@login_required
def search(request):
    term = request.GET.get("term", "")
-    logger.info(f"user {request.user.pk} searched for {term}")
+    logger.info("user %s searched for %r", request.user.pk, term)
    return JsonResponse({"count": count_matches(term)})
""",
    ),
    *pair(
        "audit-file",
        117,
        """
import datetime
import json
from flask import Flask, request

app = Flask(__name__)


@app.route("/audit", methods=["POST"])
def audit():
    action = request.form["action"]
    stamp = datetime.datetime.now(datetime.timezone.utc).isoformat()
    with open("audit.log", "a") as log:
-        log.write(f"{stamp} {request.remote_addr} {action}\\n")
+        log.write(json.dumps({"at": stamp, "from": request.remote_addr, "action": action}) + "\\n")
    return "", 204
""",
    ),
    *pair(
        "login-next",
        601,
        """
from urllib.parse import urlparse, urljoin
from flask import Flask, request, redirect, url_for, session

app = Flask(__name__)
app.secret_key = load_key()


+def is_safe_url(target):
+    ref = urlparse(request.host_url)
+    test = urlparse(urljoin(request.host_url, target))
+    return test.scheme in ("http", "https") and ref.netloc == test.netloc
+
+
@app.route("/login", methods=["POST"])
def login():
    user = check_credentials(request.form["username"], request.form["password"])
    if user is None:
        return redirect(url_for("login_form"))
    session["user_id"] = user.id
    target = request.args.get("next")
-    if target:
+    if target and is_safe_url(target):
        return redirect(target)
    return redirect(url_for("index"))
""",
    ),
    *pair(
        "django-return-to",
        601,
        """
from django.contrib.auth import logout
from django.http import HttpResponseRedirect
+from django.utils.http import url_has_allowed_host_and_scheme


def sign_out(request):
    logout(request)
    target = request.GET.get("return_to", "/")
+    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
+        target = "/"
    return HttpResponseRedirect(target)
""",
    ),
    *pair(
        "fastapi-shortener",
        601,
        """
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

app = FastAPI()
PARTNERS = {"docs": "https://docs.example.com", "shop": "https://shop.example.com"}


@app.get("/out")
def out(to: str):
-    return RedirectResponse(url=to)
+    return RedirectResponse(url=PARTNERS.get(to, "https://www.example.com"))
""",
    ),
    *pair(
        "tornado-redirect",
        601,
        """
import tornado.web


class LogoutHandler(tornado.web.RequestHandler):
    def get(self):
        self.clear_cookie("session")
        target = self.get_query_argument("next", "/")
+        if not target.startswith("/") or target.startswith("//") or "\\\\" in target:
+            target = "/"
        self.redirect(target)
""",
    ),
    *pair(
        "flask-session-cookie",
        614,
        """
import secrets
from flask import Flask, make_response, request, jsonify

app = Flask(__name__)


@app.post("/session")
def create_session():
    user = verify(request.get_json())
    token = secrets.token_urlsafe(32)
    store_session(token, user)
    response = make_response(jsonify({"ok": True}))
-    response.set_cookie("session_id", token)
+    response.set_cookie("session_id", token, secure=True, httponly=True, samesite="Lax")
    return response
""",
    ),
    *pair(
        "fastapi-cookie",
        1004,
        """
import secrets

from fastapi import FastAPI, Response
from pydantic import BaseModel

app = FastAPI()


class Credentials(BaseModel):
    username: str
    password: str


@app.post("/login")
def login(credentials: Credentials, response: Response):
    user = authenticate_user(credentials.username, credentials.password)
    token = secrets.token_hex(32)
    save_token(user, token)
-    response.set_cookie(key="access_token", value=token)
+    response.set_cookie(key="access_token", value=token, httponly=True, secure=True, samesite="strict")
    return {"message": "logged in"}
""",
    ),
    *pair(
        "flask-config-cookie",
        614,
        """
import os
from flask import Flask, session, request

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
app.config.update(
-    SESSION_COOKIE_SECURE=False,
+    SESSION_COOKIE_SECURE=True,
-    SESSION_COOKIE_HTTPONLY=False,
+    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
)


@app.route("/visits")
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"]}
""",
    ),
    *pair(
        "django-cookie",
        614,
        """
from django.http import JsonResponse

from .tokens import issue_token


def issue(request):
    token = issue_token(request.user)
    response = JsonResponse({"status": "ok"})
-    response.set_cookie("auth_token", token, max_age=3600)
+    response.set_cookie("auth_token", token, max_age=3600, secure=True, httponly=True, samesite="Strict")
    return response
""",
    ),
    *pair(
        "csrf-exempt-transfer",
        352,
        """
import json

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
-from django.views.decorators.csrf import csrf_exempt
+from django.views.decorators.csrf import csrf_protect

from .models import Account


-@csrf_exempt
+@csrf_protect
@login_required
def transfer(request):
    data = json.loads(request.body)
    source = Account.objects.get(owner=request.user)
    source.send(data["to"], int(data["amount"]))
    return JsonResponse({"balance": source.balance})
""",
    ),
    *pair(
        "flask-wtf-disabled",
        352,
        """
import os
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
-app.config["WTF_CSRF_ENABLED"] = False
+app.config["WTF_CSRF_ENABLED"] = True


class NameForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired(), Length(max=80)])
""",
    ),
    *pair(
        "delete-by-get",
        650,
        """
from flask import Flask, session, abort, redirect
from flask_wtf.csrf import CSRFProtect
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
CSRFProtect(app)
db = SQLAlchemy(app)


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner_id = db.Column(db.Integer, nullable=False)
    body = db.Column(db.Text)


-@app.route("/notes/<int:note_id>/delete", methods=["GET"])
+@app.route("/notes/<int:note_id>/delete", methods=["POST"])
def delete_note(note_id):
    if "user_id" not in session:
        abort(401)
    note = Note.query.filter_by(id=note_id, owner_id=session["user_id"]).first_or_404()
    db.session.delete(note)
    db.session.commit()
    return redirect("/notes")
""",
    ),
    *pair(
        "csv-export",
        1236,
        """
import csv
import io
from flask import Flask, Response
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)


class Feedback(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    message = db.Column(db.Text)


+def as_text(value):
+    return "'" + value if value[:1] in ("=", "+", "-", "@", "\\t", "\\r") else value
+
+
@app.route("/feedback.csv")
def export():
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "message"])
    for entry in Feedback.query.limit(1000):
-        writer.writerow([entry.name, entry.message])
+        writer.writerow([as_text(entry.name), as_text(entry.message)])
    return Response(out.getvalue(), mimetype="text/csv")
""",
    ),
    *pair(
        "csv-append-form",
        1236,
        """
import csv
from flask import Flask, request

app = Flask(__name__)


+def neutralise(cell):
+    if cell.startswith(("=", "+", "-", "@", "\\t", "\\r")):
+        return "'" + cell
+    return cell
+
+
@app.route("/register", methods=["POST"])
def register():
    name = request.form["name"][:100]
    company = request.form["company"][:100]
    with open("attendees.csv", "a", newline="") as handle:
-        csv.writer(handle).writerow([name, company])
+        csv.writer(handle).writerow([neutralise(name), neutralise(company)])
    return "Registered"
""",
    ),
)
