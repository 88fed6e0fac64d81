"""Alembic's entry: runs the migrations on the connection that `data_access.database` hands over."""

from alembic import context

from data_access.database.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
