"""craft: saved files that no R writes, in the format's words; see "Serialization Formats"."""

NULL, UNBOUND, GLOBAL_ENV = "254\n", "252\n", "253\n"


def symbol(name: str) -> str:
    return f"1\n{_characters(name)}"


def string(*texts: str) -> str:
    return f"16\n{len(texts)}\n" + "".join(map(_characters, texts))


def integers(*values: int) -> str:
    return f"13\n{len(values)}\n" + "".join(f"{value}\n" for value in values)


def doubles(*values: float) -> str:
    return f"14\n{len(values)}\n" + "".join(f"{value}\n" for value in values)


def call(function: str, *arguments: str) -> str:
    return f"6\n{symbol(function)}" + "".join(f"2\n{value}" for value in arguments) + NULL


def pairlist(**values: str) -> str:
    return "".join(f"1026\n{symbol(tag)}{value}" for tag, value in values.items()) + NULL


def promise(code: str, value: str = UNBOUND) -> str:
    return f"5\n{value}{code}"


def closure(body: str, env: str = GLOBAL_ENV, formals: str = NULL) -> str:
    return f"1027\n{env}{formals}{body}"


def environment(frame: str, enclosure: str = GLOBAL_ENV, table: str = NULL) -> str:
    return f"4\n0\n{enclosure}{frame}{table}{NULL}"


def compiled(source: str, *constants: str) -> str:
    """``constants``: each with its type before it."""
    code = integers(12, 1)
    return f"21\n1\n{code}{1 + len(constants)}\n{source}" + "".join(constants)


def altrep(name: str, package: str, kind: int, state: str) -> str:
    cells = (symbol(name), symbol(package), integers(kind))
    info = "".join(f"2\n{cell}" for cell in cells) + NULL
    return f"238\n{info}{state}{NULL}"


def with_attributes(kind: int, rest: str, **values: str) -> str:
    return f"{kind + 512}\n{rest}{pairlist(**values)}"


def nested(depth: int) -> str:
    """A list in a list in a list."""
    return "19\n1\n" * depth + NULL


def rds(body: str) -> bytes:
    return f"A\n2\n262658\n131840\n{body}".encode()


def workspace(**objects: str) -> bytes:
    return b"RDA2\n" + rds(pairlist(**objects))


def _characters(text: str) -> str:
    return f"262153\n{len(text)}\n{text.replace(' ', chr(92) + '040')}\n"
