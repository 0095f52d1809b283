//! Tables in Markdown.

use std::fmt;

/// A table, of which all columns but the first hold numbers.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(ToString::to_string).collect()] }
    }

    pub(crate) fn add(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, row: &[String]) -> fmt::Result {
        for (column, cell) in row.iter().enumerate() {
            let width = self.width(column);
            if column == 0 { write!(f, "| {cell:<width$} ")? } else { write!(f, "| {cell:>width$} ")? }
        }
        writeln!(f, "|")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((heads, rows)) = self.rows.split_first() else { return Ok(()) };
        self.row(f, heads)?;
        let line = (0..heads.len()).map(|column| "-".repeat(self.width(column) - usize::from(column > 0)));
        let line: Vec<_> = line.enumerate().map(|(column, line)| if column == 0 { line } else { line + ":" }).collect();
        self.row(f, &line)?;
        rows.iter().try_for_each(|row| self.row(f, row))
    }
}

/// A whole number, with its thousands set off: `10,000`.
pub(crate) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (first > 0).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// A number in few digits: `41.3 M`, `168 k`, `0.87`.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        size if !size.is_finite() => "–".to_owned(),
        size if size >= 9_999_500.0 => format!("{:.1} M", number / 1e6),
        size if size >= 999_500.0 => format!("{:.2} M", number / 1e6),
        size if size >= 9_950.0 => format!("{:.0} k", number / 1e3),
        size if size >= 995.0 => format!("{:.1} k", number / 1e3),
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["case", "a"]);
        table.add(vec!["x".to_owned(), "1,234".to_owned()]);
        assert_eq!(table.to_string(), "| case |     a |\n| ---- | ----: |\n| x    | 1,234 |\n");
    }

    #[test]
    fn thousands_are_set_off() {
        assert_eq!([7, 100, 1_000, 100_000].map(grouped), ["7", "100", "1,000", "100,000"]);
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [41_300_000.0, 1_970_000.0, 168_400.0, 3_620.0, 104.0, 23.71, 0.868, f64::NAN];
        let texts = ["41.3 M", "1.97 M", "168 k", "3.6 k", "104", "23.7", "0.87", "–"];
        assert_eq!(numbers.map(short), texts);
    }
}
