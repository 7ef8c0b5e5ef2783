"""What stands in a page, in the order in which the form asks for it."""

PICTURE = {"type": "string", "format": "file-url"}  # kept in the storage; the document has its key

GALLERY = {
    "type": "list",
    "items": {
        "type": "dict",
        "title": "Picture",
        "keys": {
            "picture": {**PICTURE, "title": "Picture", "required": True},
            "caption": {"type": "string", "help_text": "Also read out to those who cannot see the picture."},
        },
    },
}

# A block is one of these as a whole: with names of another it is refused, whatever is behind them.
TEXT = {
    "title": "Text",
    "type": "dict",
    "additionalProperties": False,
    "keys": {
        "heading": {"type": "string"},
        "text": {"type": "string", "widget": "textarea"},
    },
}
QUOTE = {
    "title": "Quote",
    "type": "dict",
    "additionalProperties": False,
    "keys": {
        "quote": {"type": "string", "widget": "textarea", "required": True},
        "source": {"type": "string", "title": "Who said it"},
    },
}
LINK = {
    "title": "Link",
    "type": "dict",
    "additionalProperties": False,
    "keys": {
        "label": {"type": "string", "required": True},
        "address": {"type": "string", "format": "uri", "required": True, "placeholder": "https://"},
    },
}

BODY = {
    "type": "dict",
    "keys": {
        "title": {
            "type": "string",
            "title": "Headline",
            "help_text": "Stands at the top of the page. Without one, the page's title does.",
        },
        "cover": {**PICTURE, "title": "Cover picture"},
        "logo": {  # in the document itself
            "type": "string",
            "format": "data-url",
            "policy": "logos",
        },
        "block": {"oneOf": [TEXT, QUOTE, LINK]},
        "gallery": GALLERY,
        "attachment": {
            "type": "string",
            "format": "file-url",
            "widget": "fileinput",
            "policy": "attachments",
            "help_text": "For people to download: a PDF, for example.",
        },
        "contact": {
            "type": "dict",
            "keys": {
                "name": {"type": "string"},
                "email": {"type": "string", "format": "email"},
            },
        },
    },
}
