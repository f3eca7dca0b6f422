"""The metadata database: SQLite or PostgreSQL through SQLAlchemy Core, one code path."""
