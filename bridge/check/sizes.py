"""sizes: numbers of bytes in words."""


def in_words(count: int) -> str:
    """With two or three digits: "512 B", "1.2 kB", "198 MB"."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            break
        size /= 1000
    return f"{size:.1f} {unit}" if size < 9.95 and unit != "B" else f"{size:.0f} {unit}"
