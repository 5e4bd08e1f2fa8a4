#!/bin/sh
# PostgreSQL runs this once, when it makes its data folder: the user the services connect as, who owns nothing.
# The migrate job lets it into the role handoff_app, which row-level security binds.
set -eu
psql --set ON_ERROR_STOP=1 --set "password=$SERVICES_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create user handoff_services password :'password';
SQL
