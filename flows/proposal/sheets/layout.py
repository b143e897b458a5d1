"""Lay a page out on paper: a heading, then sections of cells in an even grid."""

from collections.abc import Sequence

from PIL import Image

from flows.proposal.sheets.cells import Cell, Tile
from flows.proposal.sheets.chapters import Grid
from flows.proposal.sheets.pages import Page
from flows.proposal.sheets.paper import (
    HEADING_PX,
    INNER_PX,
    MARGIN_PX,
    QUIET,
    SMALL_PX,
    SUBHEADING_PX,
    Paper,
)

_TILE_GAP_PX, _CELL_GAP_PX, _ROW_GAP_PX = 8, 24, 26


def laid(page: Page) -> Paper:
    """Place what a page shows; its pictures from left to right, row by row."""
    paper = Paper()
    top = paper.write(page.heading, MARGIN_PX, paper.height_px, INNER_PX, size=HEADING_PX)
    paper.height_px = paper.write(page.note, MARGIN_PX, top, INNER_PX, ink=QUIET) + 14
    for heading, cells in page.sections:
        if heading:
            top = paper.height_px
            paper.height_px = 6 + paper.write(heading, MARGIN_PX, top, INNER_PX, size=SUBHEADING_PX)
        for first in range(0, len(cells), page.grid.columns):
            _row(paper, page.grid, cells[first : first + page.grid.columns])
    paper.height_px -= _ROW_GAP_PX
    return paper


def _row(paper: Paper, grid: Grid, cells: Sequence[Cell]) -> None:
    width = (INNER_PX - _CELL_GAP_PX * (grid.columns - 1)) // grid.columns
    side = grid.tile_px or (width - _TILE_GAP_PX * (grid.tiles - 1)) // grid.tiles
    rows = [[_fitted(tile.picture, side) for tile in cell.tiles] for cell in cells]
    high = max((p.height for row in rows for p in row if p is not None), default=side // 2)
    top, ends = paper.height_px, []
    for column, (cell, pictures) in enumerate(zip(cells, rows, strict=True)):
        left = MARGIN_PX + column * (width + _CELL_GAP_PX)
        end = _tiles(paper, cell.tiles, pictures, (left, top, side, high))
        if grid.tile_px:
            taken = grid.tiles * (side + _TILE_GAP_PX) + _CELL_GAP_PX - _TILE_GAP_PX
            left, width = left + taken, width - taken
            below = paper.write(cell.lines[0], left, top, width)
            ends += [end, _lines(paper, cell.lines[1:], left, below, width)]
        else:
            ends.append(_lines(paper, cell.lines, left, end, width))
    paper.height_px = max(ends) + _ROW_GAP_PX


def _tiles(
    paper: Paper,
    tiles: Sequence[Tile],
    pictures: Sequence[Image.Image | None],
    first: tuple[int, int, int, int],
) -> int:
    """Place tiles from left to right with what they are called, and say where they end."""
    left, top, side, high = first
    end = top + high
    for i, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        at = left + i * (side + _TILE_GAP_PX)
        paper.put(picture, (at, top, side, high))
        room = side - _TILE_GAP_PX
        below = paper.write(tile.label, at, top + high + 5, room)
        end = max(end, paper.write(tile.name, at, below, room, size=SMALL_PX, ink=QUIET))
    return end


def _lines(paper: Paper, lines: Sequence[str], left: int, top: int, width: int) -> int:
    for line in lines:
        top = paper.write(line, left, top, width, size=SMALL_PX, ink=QUIET)
    return top


def _fitted(picture: Image.Image | None, side: int) -> Image.Image | None:
    if picture is None or max(picture.size) <= side:
        return picture
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)
