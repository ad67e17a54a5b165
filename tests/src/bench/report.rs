//! Measurements as a table for people and as JSON for scripts.

use std::fmt::Write as _;

use serde::Serialize;

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Times and sizes.
    Lower,
    /// Rates.
    Higher,
}

/// One number. Without a goal it is there to judge others by.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// Dotted name, for scripts.
    pub name: String,
    /// The median.
    pub value: f64,
    /// Unit of value and goal.
    pub unit: &'static str,
    /// The design's number.
    pub goal: Option<f64>,
    /// Which direction is better.
    pub better: Better,
}

impl Measurement {
    /// Whether the goal is met; `None` without goal.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        self.goal.map(|goal| match self.better {
            Better::Lower => self.value <= goal,
            Better::Higher => self.value >= goal,
        })
    }
}

/// All measurements of a run, and what could not be measured.
#[derive(Debug, Default)]
pub struct Report {
    measurements: Vec<Measurement>,
    missing: Vec<String>,
}

impl Report {
    /// Adds a number that the design sets a goal for.
    pub fn goal(&mut self, name: &str, value: f64, unit: &'static str, goal: f64, better: Better) {
        self.add(name, value, unit, Some(goal), better);
    }

    /// Adds a number to judge others by.
    pub fn plain(&mut self, name: &str, value: f64, unit: &'static str, better: Better) {
        self.add(name, value, unit, None, better);
    }

    fn add(&mut self, name: &str, value: f64, unit: &'static str, goal: Option<f64>, better: Better) {
        self.measurements.push(Measurement {
            name: name.to_owned(),
            value,
            unit,
            goal,
            better,
        });
    }

    /// Says that something was not measured, and why.
    pub fn missing(&mut self, what: &str, why: &dyn std::fmt::Display) {
        self.missing.push(format!("{what}: {why}"));
    }

    /// The measurements in the order they were made.
    #[must_use]
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// Whether everything was measured.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The table that people read.
    #[must_use]
    pub fn table(&self) -> String {
        let width = self
            .measurements
            .iter()
            .map(|each| each.name.len())
            .max()
            .unwrap_or_default();
        let mut table = format!("{:width$}  {:>14}  {:>10}  unit\n", "what", "measured", "goal");
        for each in &self.measurements {
            let goal = each.goal.map(number).unwrap_or_default();
            let verdict = match each.met() {
                Some(true) => "  met",
                Some(false) => "  MISSED",
                None => "",
            };
            let value = number(each.value);
            // Writing to a string does not fail.
            let _ = writeln!(
                table,
                "{:width$}  {value:>14}  {goal:>10}  {}{verdict}",
                each.name, each.unit
            );
        }
        for what in &self.missing {
            let _ = writeln!(table, "NOT MEASURED: {what}");
        }
        table
    }
}

/// Three significant digits or more, thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.digits$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() {
        grouped
    } else {
        format!("{grouped}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this calls a missed goal met.
    #[test]
    fn a_goal_knows_its_direction() {
        let mut report = Report::default();
        report.goal("a", 9.0, "us", 10.0, Better::Lower);
        report.goal("b", 9.0, "1/s", 10.0, Better::Higher);
        report.plain("c", 9.0, "1/s", Better::Higher);
        let met: Vec<_> = report.measurements().iter().map(Measurement::met).collect();
        assert_eq!(met, [Some(true), Some(false), None]);
        let table = report.table();
        assert_eq!(
            (table.matches("  met").count(), table.matches("MISSED").count()),
            (1, 1)
        );
        assert!(report.is_complete());
        report.missing("pcsc", &"no pcscd");
        assert!(!report.is_complete() && report.table().contains("NOT MEASURED: pcsc: no pcscd"));
    }

    #[test]
    fn numbers_are_readable() {
        let shown = [0.1234, 1.234, 45.67, 1234.5, 1_234_567.0].map(number);
        assert_eq!(shown, ["0.123", "1.23", "45.7", "1,234", "1,234,567"]);
    }

    /// Losing this breaks whoever reads target/bench.json.
    #[test]
    fn the_json_form_is_five_fields() {
        let mut report = Report::default();
        report.goal("sim.x", 2.0, "us", 1.0, Better::Lower);
        let json = serde_json::to_string(report.measurements()).unwrap();
        assert_eq!(
            json,
            r#"[{"name":"sim.x","value":2.0,"unit":"us","goal":1.0,"better":"lower"}]"#
        );
    }
}
