"""Expressions of list sources, checked when the file is read and not when the list comes."""

from __future__ import annotations


def is_xpath(expression: str) -> bool:
    return expression.startswith(("/", "./", "(", "@"))


def check_expression(expression: str) -> None:
    """Raises ValueError unless `expression` is XPath (starting with / ./ ( or @) or CSS (with ::text, ::attr(x))."""
    if is_xpath(expression):
        from lxml import etree

        try:
            etree.XPath(expression)
        except etree.XPathSyntaxError as error:
            raise ValueError(f"{expression!r} is not XPath: {error}") from error
        return
    from cssselect import ExpressionError, SelectorError
    from parsel.csstranslator import HTMLTranslator

    try:
        HTMLTranslator().css_to_xpath(expression)
    except (SelectorError, ExpressionError) as error:
        raise ValueError(f"{expression!r} is not a CSS selector: {error}") from error


def check_jmespath(expression: str) -> None:
    """Raises ValueError unless `expression` is JMESPath."""
    import jmespath

    try:
        jmespath.compile(expression)
    except jmespath.exceptions.ParseError as error:
        raise ValueError(f"{expression!r} is not JMESPath (jmespath.org): {str(error).splitlines()[0]}") from error
