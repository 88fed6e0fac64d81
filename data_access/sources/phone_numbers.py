"""Telephone numbers in one form, out of cells as people write them.

A module of its own, because the library behind it is imported by the loads that hold such numbers and by no other.
"""

import re
from functools import lru_cache

import phonenumbers

CUT_NUMBER = re.compile(r"^\d+(?:[.,]\d+)?[eE]\+?\d+$")
"""A long number as a spreadsheet shows it once its digits are lost: 4,52E+09."""
DANISH_CODE, DANISH_DIGITS = "45", 8


@lru_cache(maxsize=200_000)
def digits_of_phone(text: str, country: str) -> str | None:
    """A phone number as digits with country code and no plus; None where it is hidden or no number.

    A number without a country code belongs to `country`, and is none where there is no country. Numbers are compared in
    this form only.
    """
    if country == "DK" and text.isascii() and text.isdecimal():
        # What nearly every number looks like, without the library's long way round.
        if len(text) == DANISH_DIGITS:
            return DANISH_CODE + text
        if len(text) == len(DANISH_CODE) + DANISH_DIGITS and text.startswith(DANISH_CODE):
            return text
    if CUT_NUMBER.match(text.strip()):
        return None
    digits = "".join(character for character in text if character.isdecimal())
    if text.strip().startswith("+") or digits.startswith("00"):
        text = "+" + digits.removeprefix("00")
    code = str(phonenumbers.country_code_for_region(country))
    try:
        number = phonenumbers.parse(text, country)
        if not phonenumbers.is_possible_number(number) and country and digits.startswith(code):
            number = phonenumbers.parse("+" + digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def phones_of(text: str, country: str) -> tuple[str, ...]:
    """The phone numbers of a cell that lists several, divided by comma, semicolon, slash or line end, or by words."""
    for divider in ";/\n|":
        text = text.replace(divider, ",")
    numbers: list[str] = []
    for part in text.split(","):
        number = digits_of_phone(part, country)
        numbers += [number] if number else numbers_among_words(part, country)
    return tuple(dict.fromkeys(numbers))


@lru_cache(maxsize=200_000)
def numbers_among_words(text: str, country: str) -> list[str]:
    """The numbers in a text such as "20123401 (mobil)" or "20 12 34 02 og 30 12 34 02"."""
    if CUT_NUMBER.match(text.strip()):
        return []
    matches = phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.POSSIBLE)
    form = phonenumbers.PhoneNumberFormat.E164
    return [phonenumbers.format_number(match.number, form).removeprefix("+") for match in matches]
