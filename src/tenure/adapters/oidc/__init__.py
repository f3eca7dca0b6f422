"""Identity providers, by OpenID Connect."""
