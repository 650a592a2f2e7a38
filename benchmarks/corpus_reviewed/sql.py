"""SQL, document stores, directories, XPath."""

from corpus import pair

RECORDS = (
    # The order of a list comes as a column name; the check of the column was forgotten for the direction.
    *pair(
        "repository-sort-direction",
        89,
        """
from __future__ import annotations

from typing import Any

import asyncpg
from fastapi import APIRouter, Depends

from crm.db import get_pool
from crm.security import Principal, principal

router = APIRouter(prefix="/leads")


class LeadRepository:
    sortable = {"created", "name", "score"}

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    def _order(self, sort: str) -> str:
        column, _, direction = sort.partition(":")
        if column not in self.sortable:
            column = "created"
-        return f"ORDER BY {column} {direction or 'asc'}"
+        return f"ORDER BY {column} {'desc' if direction == 'desc' else 'asc'}"

    async def page(self, team: int, sort: str, limit: int) -> list[dict[str, Any]]:
        query = f"SELECT id, name, score FROM leads WHERE team_id = $1 {self._order(sort)} LIMIT $2"
        async with self._pool.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, team, limit)]


@router.get("")
async def leads(
    sort: str = "created:desc", who: Principal = Depends(principal), pool: asyncpg.Pool = Depends(get_pool)
) -> list[dict[str, Any]]:
    return await LeadRepository(pool).page(who.team_id, sort, 100)
""",
    ),
    # A manager's raw() gets a list of ids that the view has split only.
    *pair(
        "manager-raw-in-list",
        89,
        '''
from django.db import models
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from fleet.decorators import dispatcher_required


class VehicleManager(models.Manager):
    def nearest(self, depot_ids):
        """Vehicles with the distance to the nearest of some depots, which the ORM cannot say."""
-        marks = ", ".join(depot_ids)
+        marks = ", ".join(["%s"] * len(depot_ids))
        query = (
            "SELECT v.*, MIN(ST_Distance(v.position, d.position)) AS distance "
            "FROM fleet_vehicle v, fleet_depot d WHERE d.id IN (" + marks + ") GROUP BY v.id ORDER BY distance"
        )
-        return self.raw(query)
+        return self.raw(query, depot_ids)


class Vehicle(models.Model):
    plate = models.CharField(max_length=16)
    active = models.BooleanField(default=True)

    objects = VehicleManager()


@require_GET
@dispatcher_required
def nearest(request):
    ids = [part.strip() for part in request.GET.get("depots", "").split(",") if part.strip()][:20]
    if not ids:
        return JsonResponse({"vehicles": []})
    found = Vehicle.objects.nearest(ids)
    return JsonResponse({"vehicles": [{"plate": one.plate, "distance": one.distance} for one in found]})
''',
    ),
    # A mixin escapes quotes by doubling them, but a number stands without quotes.
    *pair(
        "legacy-report-number",
        89,
        '''
# -*- coding: utf-8 -*-
import MySQLdb

from backoffice.web import BaseHandler, authenticated
from backoffice.settings import DATABASE


def escape(value):
    return value.replace("\\\\", "\\\\\\\\").replace("'", "''")


class ReportMixin(object):
    def rows(self, query):
        connection = MySQLdb.connect(**DATABASE)
        try:
            cursor = connection.cursor()
            cursor.execute(query)
            return cursor.fetchall()
        finally:
            connection.close()


class TurnoverHandler(ReportMixin, BaseHandler):
    """Turnover of a shop, for the tables of the head office."""

    @authenticated
    def get(self):
-        shop = escape(self.get_argument("shop"))
-        year = escape(self.get_argument("year", "2014"))
+        shop = int(self.get_argument("shop"))
+        year = int(self.get_argument("year", "2014"))
        query = "SELECT month, SUM(amount) FROM receipts WHERE shop_id = %s AND year = %s GROUP BY month" % (shop, year)
        self.write({"rows": [[int(month), float(amount)] for month, amount in self.rows(query)]})
''',
    ),
    # Names of columns of an uploaded table become SQL in a data pipeline.
    *pair(
        "pipeline-create-table",
        89,
        r'''
import csv
import re
from pathlib import Path

import psycopg2
+from psycopg2 import sql
from psycopg2.extras import execute_values

from ingest.config import WAREHOUSE_DSN
from ingest.queue import uploads


def header_of(path):
    with open(path, newline="", encoding="utf-8") as handle:
        return next(csv.reader(handle))


def tidy(name):
    return re.sub(r"\s+", "_", name.strip().lower())


-def create_statement(table, columns):
-    body = ", ".join('"%s" text' % column for column in columns)
-    return "CREATE TABLE staging.%s (%s)" % (table, body)
+def create_statement(table, columns):
+    body = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns)
+    return sql.SQL("CREATE TABLE staging.{} ({})").format(sql.Identifier(table), body)


def load(upload):
    """Makes a table for a file that a customer has sent; its first line has the names of the columns."""
    columns = [tidy(name) for name in header_of(upload.path)]
    table = "upload_%d" % upload.id
    with psycopg2.connect(WAREHOUSE_DSN) as connection, connection.cursor() as cursor:
        cursor.execute(create_statement(table, columns))
        with Path(upload.path).open(newline="", encoding="utf-8") as handle:
            rows = csv.reader(handle)
            next(rows)
            execute_values(cursor, "INSERT INTO staging.%s VALUES %%s" % table, rows)


def main():
    for upload in uploads.pending():
        load(upload)
''',
    ),
    # A text() fragment of SQLAlchemy with a search word, two calls away from the request.
    *pair(
        "catalog-text-filter",
        89,
        '''
from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.models import Product
from catalog.schemas import SearchForm


class SearchBuilder:
    def __init__(self, session: Session):
        self.query = session.query(Product).filter(Product.visible.is_(True))

    def in_category(self, category: int) -> "SearchBuilder":
        self.query = self.query.filter(Product.category_id == category)
        return self

    def matching(self, words: str) -> "SearchBuilder":
        # websearch_to_tsquery understands quotes and minus
-        clause = "document @@ websearch_to_tsquery('german', '{}')".format(words)
-        self.query = self.query.filter(text(clause))
+        clause = "document @@ websearch_to_tsquery('german', :words)"
+        self.query = self.query.filter(text(clause).bindparams(words=words))
        return self

    def first(self, count: int) -> list:
        return self.query.order_by(Product.rank).limit(count).all()


def search(session: Session, form: SearchForm) -> list:
    """Called by the view with the validated form."""
    builder = SearchBuilder(session)
    if form.category.data:
        builder.in_category(form.category.data)
    return builder.matching(form.words.data.strip()).first(50)


@app.route("/search")
def search_view():
    form = SearchForm(request.args)
    if not form.validate():
        abort(400)
    return render_template("search.html", products=search(db.session, form))
''',
    ),
    # A JSON path inside quotes: key of an attribute in a settings table.
    *pair(
        "device-settings-json-key",
        89,
        """
import json
import sqlite3
from contextlib import closing

from bottle import Bottle, HTTPError, request

from thermostat.auth import pin_required
from thermostat.paths import DATABASE

app = Bottle()


class SettingStore(object):
    def __init__(self, path):
        self.path = path

    def read(self, device, key):
        with closing(sqlite3.connect(self.path)) as connection:
-            query = "SELECT json_extract(body, '$.%s') FROM settings WHERE device = ?" % key
-            row = connection.execute(query, (device,)).fetchone()
+            query = "SELECT json_extract(body, '$.' || ?) FROM settings WHERE device = ?"
+            row = connection.execute(query, (key, device)).fetchone()
        return None if row is None else row[0]

    def write(self, device, body):
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("REPLACE INTO settings (device, body) VALUES (?, ?)", (device, json.dumps(body)))


store = SettingStore(DATABASE)


@app.get("/devices/<device:int>/settings/<key>")
@pin_required
def setting(device, key):
    value = store.read(device, key)
    if value is None:
        raise HTTPError(404, "no such setting")
    return {"value": value}


@app.put("/devices/<device:int>/settings")
@pin_required
def replace(device):
    store.write(device, request.json)
    return {"state": "saved"}
""",
    ),
    # A tenant's schema name is put before each query by a middleware.
    *pair(
        "tenant-search-path",
        89,
        r'''
import re

from django.db import connection
from django.http import HttpResponseBadRequest

from tenancy.context import current_tenant

-LABEL = re.compile(r"[a-z0-9-]+", re.I)
+LABEL = re.compile(r"\A[a-z0-9-]+\Z", re.I)


def tenant_of(request):
    """The first part of the path; who may do what there is a matter of the views."""
    label = request.path_info.split("/")[1]
    return label if LABEL.search(label) else None


class TenantMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def use_schema(self, tenant):
        with connection.cursor() as cursor:
            cursor.execute('SET search_path TO "t_%s", public' % tenant)

    def __call__(self, request):
        tenant = tenant_of(request)
        if tenant is None:
            return HttpResponseBadRequest("unknown tenant")
        self.use_schema(tenant)
        token = current_tenant.set(tenant)
        try:
            return self.get_response(request)
        finally:
            current_tenant.reset(token)
''',
    ),
    # extra() with a filter of a saved view.
    *pair(
        "saved-view-extra-where",
        89,
        '''
from django.db import models
from rest_framework import mixins, viewsets

from tracker.models import Issue
from tracker.permissions import IsMember
from tracker.serializers import IssueSerializer

FIELDS = {"state": "state", "priority": "priority", "reporter": "reporter_name"}


def conditions(parameters):
    """What the address says about the fields that can be filtered: pairs of a column and a value."""
    for key, value in parameters.items():
        if key in FIELDS:
            yield FIELDS[key], value


class FilterMixin(object):
    def filter_by_address(self, queryset):
        for column, value in conditions(self.request.query_params):
-            queryset = queryset.extra(where=["%s = '%s'" % (column, value)])
+            queryset = queryset.extra(where=["%s = %%s" % column], params=[value])
        return queryset


class IssueViewSet(FilterMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    serializer_class = IssueSerializer
    permission_classes = [IsMember]

    def get_queryset(self):
        queryset = Issue.objects.filter(project__members=self.request.user)
        queryset = queryset.annotate(comment_count=models.Count("comments"))
        return self.filter_by_address(queryset)
''',
    ),
    # Operators in the body of a login.
    *pair(
        "mongo-login-operators",
        943,
        """
import logging
from datetime import datetime, timezone

from flask import Blueprint, current_app, jsonify, request, session

from lounge.limits import limited

log = logging.getLogger(__name__)
auth = Blueprint("auth", __name__)


class AccountStore:
    def __init__(self, database):
        self.accounts = database["accounts"]

    def by_invite(self, email, code):
        return self.accounts.find_one({"email": email, "invite": code, "used": False})


def wanted(body, *names):
-    return [body[name] for name in names]
+    return [str(body[name]) for name in names]


@auth.route("/invites/redeem", methods=["POST"])
@limited("5/minute")
def redeem():
    try:
        email, code = wanted(request.get_json(), "email", "code")
    except (KeyError, TypeError):
        return jsonify(error="email and code are needed"), 400
    store = AccountStore(current_app.mongo.lounge)
    account = store.by_invite(email, code)
    if account is None:
        return jsonify(error="this invitation is not valid"), 403
    session.clear()
    session["account"] = str(account["_id"])
    store.accounts.update_one(
        {"_id": account["_id"]}, {"$set": {"used": True, "since": datetime.now(timezone.utc)}}
    )
    return jsonify(state="welcome")
""",
    ),
    # A filter of the client is merged into the query of an asynchronous repository.
    *pair(
        "motor-filter-merge",
        943,
        """
from typing import Any, Dict, List

from motor.motor_asyncio import AsyncIOMotorDatabase
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.auth import requires_customer


class OrderRepository:
    def __init__(self, database: AsyncIOMotorDatabase) -> None:
        self._orders = database.orders

    async def find(self, customer: str, extra: Dict[str, Any]) -> List[Dict[str, Any]]:
-        query = {"customer": customer, **extra}
+        query = {**{key: {"$eq": value} for key, value in extra.items() if key in {"state", "year"}},
+                 "customer": customer}
        cursor = self._orders.find(query, {"_id": 0}).sort("created", -1)
        return await cursor.to_list(length=100)


@requires_customer
async def search_orders(request: Request) -> JSONResponse:
    body = await request.json()
    if not isinstance(body, dict):
        return JSONResponse({"error": "an object is needed"}, status_code=400)
    repository = OrderRepository(request.app.state.database)
    return JSONResponse(await repository.find(request.user.customer_id, body.get("filter") or {}))
""",
    ),
    # A filter of a directory with the name that somebody types.
    *pair(
        "ldap-group-filter",
        90,
        '''
import logging

import ldap
-from ldap.dn import escape_dn_chars as escape
+from ldap.filter import escape_filter_chars as escape

from portal.settings import LDAP_BASE, LDAP_BIND, LDAP_PASSWORD, LDAP_URI

logger = logging.getLogger(__name__)


class Directory(object):
    """Looks people up in the directory of the company."""

    attributes = ["cn", "mail", "telephoneNumber"]

    def __init__(self, connection):
        self.connection = connection

    @classmethod
    def connect(cls):
        connection = ldap.initialize(LDAP_URI)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
        connection.start_tls_s()
        connection.simple_bind_s(LDAP_BIND, LDAP_PASSWORD)
        return cls(connection)

    def people(self, name):
        word = escape(name)
        condition = "(&(objectClass=person)(!(employeeType=hidden))(|(cn=*%s*)(uid=%s)))" % (word, word)
        return self.connection.search_s(LDAP_BASE, ldap.SCOPE_SUBTREE, condition, self.attributes)


def phonebook(request):
    name = request.params.get("name", "")[:64]
    if len(name) < 3:
        return {"people": []}
    found = Directory.connect().people(name)
    return {"people": [entry["cn"][0].decode() for _, entry in found]}
''',
    ),
    # The distinguished name of a bind is made from the user's name.
    *pair(
        "ldap3-bind-dn",
        90,
        """
from __future__ import annotations

import ssl

from ldap3 import Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
+from ldap3.utils.dn import escape_rdn

from vault_ui.config import Config


class LdapBackend:
    def __init__(self, config: Config) -> None:
        self.config = config
        tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=config.ca_file)
        self.server = Server(config.host, port=636, use_ssl=True, tls=tls)

    def distinguished_name(self, user: str) -> str:
-        return f"uid={user},ou={self.config.unit},{self.config.base}"
+        return f"uid={escape_rdn(user)},ou={self.config.unit},{self.config.base}"

    def authenticate(self, user: str, password: str) -> bool:
        if not user or not password:
            return False
        connection = Connection(self.server, user=self.distinguished_name(user), password=password)
        try:
            return bool(connection.bind())
        except LDAPException:
            return False
        finally:
            connection.unbind()


def login(request, backend: LdapBackend):
    user, password = request.form["user"], request.form["password"]
    if backend.authenticate(user, password):
        return request.start_session(user)
    return request.render("login.html", error=True)
""",
    ),
    # XPath over a catalogue of parts.
    *pair(
        "parts-catalog-xpath",
        643,
        '''
import functools

from lxml import etree
from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from partsdesk.paths import CATALOG


@functools.lru_cache(maxsize=1)
def catalog():
    return etree.parse(CATALOG, etree.XMLParser(resolve_entities=False, no_network=True))


class Parts(object):
    def __init__(self, tree, level):
        self.tree = tree
        self.level = level

    def find(self, number):
        """Parts of the dealer's level or below with that number."""
-        query = "//part[@level <= %d and @number = '%s']" % (self.level, number)
-        return self.tree.xpath(query)
+        query = "//part[@level <= $level and @number = $number]"
+        return self.tree.xpath(query, level=self.level, number=number)


@view_config(route_name="part", renderer="json", permission="view")
def part(request):
    found = Parts(catalog(), request.dealer.level).find(request.matchdict["number"])
    if not found:
        raise HTTPNotFound()
    return {"name": found[0].get("name"), "price": found[0].get("price")}
''',
    ),
)
