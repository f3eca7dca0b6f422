"""Whom a client believes: the certificate that a home says is its own, or the system's list."""

import ssl


def pinned(certificate: str) -> ssl.SSLContext:
    """Return a context that believes the holder of this certificate (a PEM file) and nobody else.

    Whatever names the certificate is for: one asks at an address of one's own machine. Raises
    OSError (an `ssl.SSLError` is one) when the file holds none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself, not its issuer
    context.load_verify_locations(certificate)
    return context
