//! A histogram of durations: 128 steps for each power of two, so less than 0.8 % off.

use serde_json::{Value, json};

const BITS: u32 = 7;
const STEPS: usize = (64 - BITS as usize) << BITS;

/// Durations in nanoseconds.
#[derive(Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; STEPS], count: 0, sum: 0, longest: 0 }
    }
}

impl Histogram {
    #[inline]
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        self.counts[step(nanoseconds)] += 1;
        self.count += 1;
        self.sum = self.sum.saturating_add(nanoseconds);
        self.longest = self.longest.max(nanoseconds);
    }

    /// The duration that this part of all does not exceed.
    pub(crate) fn quantile(&self, part: f64) -> u64 {
        let rank = ((self.count as f64 * part).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|&count| {
            seen += count;
            seen >= rank
        });
        found.map_or(self.longest, |step| middle(step).min(self.longest))
    }

    /// Quantiles in microseconds; null if there is nothing.
    pub(crate) fn report(&self) -> Value {
        if self.count == 0 {
            return Value::Null;
        }
        let micros = |nanoseconds: u64| (nanoseconds as f64 / 100.0).round() / 10.0;
        json!({
            "count": self.count,
            "mean": micros(self.sum / self.count),
            "p50": micros(self.quantile(0.5)),
            "p90": micros(self.quantile(0.9)),
            "p99": micros(self.quantile(0.99)),
            "p999": micros(self.quantile(0.999)),
            "max": micros(self.longest),
        })
    }
}

#[inline]
fn step(value: u64) -> usize {
    if value < 1 << BITS {
        return value as usize;
    }
    let exponent = value.ilog2();
    let within = (value >> (exponent - BITS)) & ((1 << BITS) - 1);
    (((exponent - BITS + 1) as usize) << BITS) | within as usize
}

fn middle(step: usize) -> u64 {
    if step < 1 << BITS {
        return step as u64;
    }
    let exponent = (step >> BITS) as u32 + BITS - 1;
    let width = 1 << (exponent - BITS);
    (1 << exponent) + (step as u64 & ((1 << BITS) - 1)) * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_near_its_values() {
        for value in [0_u64, 1, 127, 128, 129, 255, 256, 1000, 123_456, 10_000_000_000] {
            assert!(middle(step(value)).abs_diff(value) as f64 <= value as f64 * 0.008, "{value}");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|value| histogram.add(value * 1000));
        assert!((histogram.quantile(0.5) as f64 / 500_000.0 - 1.0).abs() < 0.01);
        assert!((histogram.quantile(0.99) as f64 / 990_000.0 - 1.0).abs() < 0.01);
        assert_eq!(histogram.report()["max"], 1000.0);
    }
}
