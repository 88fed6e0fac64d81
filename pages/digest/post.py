"""Where the mails go: into files, or to a mail server, over TLS alone."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from data_access.errors import UserError

PORTS = {"smtp": 587, "smtps": 465}
LONGEST_WAIT_SECONDS = 30


class PostError(UserError):
    """The mail server cannot be used as it is set up; the text says why."""


@contextmanager
def mail_server(address: str) -> Iterator[smtplib.SMTP]:
    """A line to the mail server of an address such as smtp://user:password@mail.example:587.

    smtp:// begins TLS before anything is said and goes on with nothing less; smtps:// has it from the first byte. The
    server's certificate is checked.
    """
    place = urlsplit(address)
    if place.scheme not in PORTS or not place.hostname:
        raise PostError("SVARTID_SMTP is an address such as smtp://user:password@mail.example:587, or smtps://…")
    host, port, context = place.hostname, place.port or PORTS[place.scheme], ssl.create_default_context()
    try:
        if place.scheme == "smtps":
            line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=LONGEST_WAIT_SECONDS, context=context)
        else:
            line = smtplib.SMTP(host, port, timeout=LONGEST_WAIT_SECONDS)
        with line:
            if place.scheme == "smtp":
                line.starttls(context=context)
            if place.username:
                line.login(unquote(place.username), unquote(place.password or ""))
            yield line
    except (OSError, smtplib.SMTPException) as error:
        # Never the address itself: the password stands in it.
        raise PostError(f"the mail server {host}:{port} does not take mails: {error}") from error


def hand_in(line: smtplib.SMTP, mail: EmailMessage) -> str | None:
    """Give a mail to the server; gives what it said where it refused this one."""
    mail["Date"], mail["Message-ID"] = formatdate(localtime=False), make_msgid(domain="svartid.invalid")
    try:
        line.send_message(mail)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        return str(error)
    return None
