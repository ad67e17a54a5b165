//! Calendar dates as certificates and requests carry them.
//!
//! BSI TR-03110-3, D.2.1.3: six bytes, one decimal digit each, `YYMMDD`, years 2000 to 2099. What belongs here:
//! coding and arithmetic. What does not: whose date counts when (SPEC.md section 3).

use core::fmt;
use core::str::FromStr;

/// Days in each month of a year that is not a leap year.
const MONTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A day from 2000-01-01 to 2099-12-31; always one the calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u8,
    month: u8,
    day: u8,
}

impl Date {
    /// 2000-01-01.
    pub const MIN: Self = Self {
        year: 0,
        month: 1,
        day: 1,
    };
    /// 2099-12-31.
    pub const MAX: Self = Self {
        year: 99,
        month: 12,
        day: 31,
    };

    /// The day `day` (from 1) of `month` (from 1) in the year 2000 + `year`; `None` if the calendar has none.
    #[must_use]
    pub fn new(year: u8, month: u8, day: u8) -> Option<Self> {
        let valid = year <= 99 && day >= 1 && day <= days_in(year, month)?;
        valid.then_some(Self { year, month, day })
    }

    /// Reads `YYMMDD`, one digit (0 to 9) a byte; `None` for anything else or a day the calendar does not have.
    #[must_use]
    pub fn from_digits(digits: [u8; 6]) -> Option<Self> {
        if digits.iter().any(|&digit| digit > 9) {
            return None;
        }
        let [y1, y0, m1, m0, d1, d0] = digits;
        Self::new(y1 * 10 + y0, m1 * 10 + m0, d1 * 10 + d0)
    }

    /// Gives `YYMMDD`, one digit a byte.
    #[must_use]
    pub const fn to_digits(self) -> [u8; 6] {
        let Self { year, month, day } = self;
        [year / 10, year % 10, month / 10, month % 10, day / 10, day % 10]
    }

    /// Years since 2000.
    #[must_use]
    pub const fn year(self) -> u8 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 2000-01-01, which is day 0.
    #[must_use]
    pub fn days_since_2000(self) -> u32 {
        let years = u32::from(self.year);
        // 2000 is a leap year and so is every fourth after it until 2099.
        let before = years * 365 + years.div_ceil(4);
        let months: u32 = (1..self.month)
            .filter_map(|month| days_in(self.year, month))
            .map(u32::from)
            .sum();
        before + months + u32::from(self.day) - 1
    }

    /// The day that is `days` days after 2000-01-01, [`Self::MAX`] if that is past it.
    #[must_use]
    pub fn from_days(days: u32) -> Self {
        let mut rest = days;
        for year in 0..=99 {
            for month in 1..=12 {
                let length = u32::from(days_in(year, month).unwrap_or_default());
                if rest < length {
                    let day = u8::try_from(rest + 1).unwrap_or(1);
                    return Self { year, month, day };
                }
                rest -= length;
            }
        }
        Self::MAX
    }

    /// The day `days` days later, [`Self::MAX`] if that is past it.
    #[must_use]
    pub fn add_days(self, days: u32) -> Self {
        Self::from_days(self.days_since_2000().saturating_add(days))
    }
}

/// Days in `month` (1 to 12) of the year 2000 + `year`.
fn days_in(year: u8, month: u8) -> Option<u8> {
    let days = *MONTHS.get(usize::from(month.checked_sub(1)?))?;
    Some(if month == 2 && year.is_multiple_of(4) {
        days + 1
    } else {
        days
    })
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "20{:02}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The text is not a date of the form `2026-11-21`, or not one the calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDate;

impl fmt::Display for InvalidDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date from 2000-01-01 to 2099-12-31")
    }
}

impl core::error::Error for InvalidDate {}

impl FromStr for Date {
    type Err = InvalidDate;

    /// Reads the form that `Display` writes, `2026-11-21`.
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let &[b'2', b'0', y1, y0, b'-', m1, m0, b'-', d1, d0] = text.as_bytes() else {
            return Err(InvalidDate);
        };
        // Bytes below '0' wrap to large values, which no digit is.
        let digits = [y1, y0, m1, m0, d1, d0].map(|digit| digit.wrapping_sub(b'0'));
        Self::from_digits(digits).ok_or(InvalidDate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn every_day_of_the_century_survives_both_codings() {
        let mut last = None;
        for days in 0..=36_524 {
            let date = Date::from_days(days);
            assert_eq!(date.days_since_2000(), days, "{date}");
            assert_eq!(Date::from_digits(date.to_digits()), Some(date));
            assert_eq!(date.to_string().parse(), Ok(date));
            assert!(last < Some(date), "{date} does not sort after the day before");
            last = Some(date);
        }
        assert_eq!(last, Some(Date::MAX));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2100-01-01",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-01-00",
            "26-01-01",
        ] {
            assert_eq!(text.parse::<Date>(), Err(InvalidDate), "{text}");
        }
        assert_eq!(Date::from_digits([2, 6, 0, 1, 0, 10]), None);
        assert!("2024-02-29".parse::<Date>().is_ok());
    }

    #[test]
    fn arithmetic_stops_at_the_end_of_the_century() {
        let date: Date = "2026-11-21".parse().unwrap();
        assert_eq!(date.add_days(400).to_string(), "2027-12-26");
        assert_eq!(date.add_days(u32::MAX), Date::MAX);
    }
}
