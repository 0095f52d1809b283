//! The Gregorian calendar of the years 1 to 9999.

/// All days of those years.
pub(super) const DAYS: i64 = 3_652_059;

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn days_before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|earlier| days_in_month(year, earlier)).sum()
}

pub(super) fn days_before_year(year: i64) -> i64 {
    let earlier = year - 1;
    earlier * 365 + earlier / 4 - earlier / 100 + earlier / 400
}

/// The date of a day, counted from the beginning of the year 1.
pub(super) fn date_of(day: i64) -> (i64, i64, i64) {
    let mut year = day / 366 + 1;
    while days_before_year(year + 1) <= day {
        year += 1;
    }
    let mut rest = day - days_before_year(year);
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_its_date() {
        let mut day = 0;
        for year in 1..=9999 {
            for month in 1..=12 {
                for of_month in 1..=days_in_month(year, month) {
                    assert_eq!(date_of(day), (year, month, of_month));
                    day += 1;
                }
            }
        }
        assert_eq!(day, DAYS);
    }
}
