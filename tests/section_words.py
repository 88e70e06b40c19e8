"""What a section of the report says, as one text."""

from megaregion.report.blocks import Bullets, Drawing, Grid, Paragraph, Section
from megaregion.report.text import plain


def words(section: Section, language: str) -> str:
    """Paragraphs, bullets, tables and captions in one language, without markup."""
    out = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            out.append(block.text.of(language))
        elif isinstance(block, Bullets):
            out += [t.of(language) for t in block.items]
        elif isinstance(block, Grid):
            out += [block.caption.of(language), *(h.label.of(language) for h in block.heads)]
            out += [cell.of(language) for row in block.rows for cell in row]
        elif isinstance(block, Drawing):
            out.append(block.caption.of(language))
    return plain(" ".join(out))
