//! Where each byte of a hex dump stands; drawing and clicking go by it.

/// Bytes a row may have, widest first; the narrowest is taken, and cut, when none fits.
const ROW_SIZES: [usize; 3] = [16, 8, 4];

/// Bytes between two wider gaps.
const GROUP: usize = 8;

/// Columns between offset, bytes and ASCII.
const GAP: usize = 2;

/// Digits an offset has at least.
const OFFSET_DIGITS: usize = 4;

/// Where each byte of a dump stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HexGeometry {
    length: usize,
    per_row: usize,
    digits: usize,
}

impl HexGeometry {
    /// The dump of `length` bytes in `width` columns.
    pub fn new(length: usize, width: u16) -> Self {
        let digits = (length.max(2) - 1).ilog2() as usize / 4 + 1;
        let of = |per_row| Self { length, per_row, digits: digits.max(OFFSET_DIGITS) };
        let narrowest = of(ROW_SIZES[ROW_SIZES.len() - 1]);
        ROW_SIZES.map(of).into_iter().find(|one| one.width() <= usize::from(width)).unwrap_or(narrowest)
    }

    /// Bytes a row.
    pub fn per_row(&self) -> usize {
        self.per_row
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.length.div_ceil(self.per_row)
    }

    /// The row a byte is on.
    pub fn row_of(&self, offset: usize) -> usize {
        offset / self.per_row
    }

    /// The byte drawn at a column of a row, in either part; None for offsets, gaps and what lies beyond the end.
    pub fn offset_at(&self, column: u16, row: usize) -> Option<usize> {
        let column = usize::from(column);
        let is_there = |index: &usize| {
            let digits = self.digits_column(*index);
            (digits..digits + 2).contains(&column) || self.letter_column(*index) == column
        };
        let index = (0..self.per_row).find(is_there)?;
        let offset = row.checked_mul(self.per_row)?.checked_add(index)?;
        (offset < self.length).then_some(offset)
    }

    /// The byte nearest to a column of a row, in the part that the column is in; None when there are no bytes.
    pub fn nearest(&self, column: u16, row: usize) -> Option<usize> {
        let last = self.length.checked_sub(1)?;
        Some(row.saturating_mul(self.per_row).saturating_add(self.nearest_index(column)).min(last))
    }

    /// Which byte of a row is nearest to a column, counted from the row's first.
    pub fn nearest_index(&self, column: u16) -> usize {
        let column = usize::from(column);
        let is_letters = column + GAP > self.letter_column(0);
        let start = |index| if is_letters { self.letter_column(index) } else { self.digits_column(index) };
        (1..self.per_row).rev().find(|index| start(*index) <= column).unwrap_or(0)
    }

    /// The columns a whole row takes.
    pub fn width(&self) -> usize {
        self.letter_column(self.per_row - 1) + 1
    }

    /// Digits of an offset.
    pub fn digits(&self) -> usize {
        self.digits
    }

    /// Where the two hex digits of a row's byte stand.
    pub fn digits_column(&self, index: usize) -> usize {
        self.digits + GAP + index * 3 + index / GROUP
    }

    /// Where a row's byte stands as ASCII.
    pub fn letter_column(&self, index: usize) -> usize {
        self.digits_column(self.per_row - 1) + 2 + GAP + index + index / GROUP
    }
}
