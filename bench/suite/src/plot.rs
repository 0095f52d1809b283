//! Plots as SVG, which say nothing but numbers: the same numbers make the same bytes. Text and lines follow the reader's
//! light or dark theme.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::table::{grouped, short};

const WIDTH: f64 = 780.0;
const HEIGHT: f64 = 408.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 50.0;
const STEPS: u32 = 5;
const STYLE: &str = "text{font:12px sans-serif;fill:#1f2328}.title{font-size:14px;font-weight:600}\
    .axis{stroke:#59636e}.grid{stroke:#d1d9e0}\
    @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.axis{stroke:#9198a1}.grid{stroke:#3d444d}}";
/// Readable on white and on black.
const COLOURS: [&str; 5] = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989"];

/// Lines over an axis.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) across: String,
    pub(crate) up: String,
    /// Whether the horizontal axis is.
    pub(crate) is_logarithmic: bool,
    pub(crate) series: Vec<Series>,
}

#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Plot {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, self.svg()).with_context(|| format!("{} cannot be written", path.display()))
    }

    fn svg(&self) -> String {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
            <title>{0}</title>\n<style>{STYLE}</style>\n<text class=\"title\" x=\"{LEFT}\" y=\"18\">{0}</text>\n",
            escaped(&self.title)
        );
        self.put_axes(&mut out);
        for ((series, colour), place) in self.series.iter().zip(COLOURS).zip(1_u8..) {
            self.put_series(&mut out, series, colour, TOP + 16.0 * f64::from(place));
        }
        out.push_str("</svg>\n");
        out
    }

    fn put_axes(&self, out: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for step in 0..=STEPS {
            let value = self.most() * f64::from(step) / f64::from(STEPS);
            let y = self.y(value);
            let class = if step == 0 { "axis" } else { "grid" };
            put(out, &format!("<line class=\"{class}\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>"));
            put(out, &text(LEFT - 8.0, y + 4.0, "end", &short(value)));
        }
        for value in self.ticks() {
            put(out, &text(self.x(value), bottom + 18.0, "middle", &tick(value)));
        }
        put(out, &text(f64::midpoint(LEFT, right), HEIGHT - 10.0, "middle", &self.across));
        put(out, &text(LEFT, TOP - 6.0, "start", &self.up));
    }

    fn put_series(&self, out: &mut String, series: &Series, colour: &str, y: f64) {
        let points = series.points.iter().map(|&(x, y)| format!("{:.1},{:.1}", self.x(x), self.y(y)));
        let points = points.collect::<Vec<_>>().join(" ");
        put(out, &format!("<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{points}\"/>"));
        put(out, &format!("<circle cx=\"{}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>", WIDTH - RIGHT + 14.0, y - 4.0));
        put(out, &text(WIDTH - RIGHT + 24.0, y, "start", &series.name));
    }

    fn points(&self) -> impl Iterator<Item = &(f64, f64)> {
        self.series.iter().flat_map(|series| &series.points)
    }

    /// The top of the vertical axis, which begins at 0.
    fn most(&self) -> f64 {
        let most = self.points().map(|&(_, y)| y).fold(f64::MIN_POSITIVE, f64::max);
        let unit = 10_f64.powf(most.log10().floor());
        let rounded = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * unit).into_iter().find(|&top| top >= most);
        rounded.unwrap_or(most)
    }

    fn across(&self) -> (f64, f64) {
        let ends = self.points().map(|&(x, _)| x).fold((f64::MAX, f64::MIN), |ends, x| (ends.0.min(x), ends.1.max(x)));
        if ends.1 > ends.0 { ends } else { (ends.0, ends.0 + 1.0) }
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let mut ticks: Vec<_> = self.points().map(|&(x, _)| x).collect();
            ticks.sort_by(f64::total_cmp);
            ticks.dedup();
            return ticks;
        }
        let (first, last) = self.across();
        (0..=STEPS).map(|step| first + (last - first) * f64::from(step) / f64::from(STEPS)).collect()
    }

    fn x(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.is_logarithmic { value.ln() } else { value };
        let (first, last) = self.across();
        let part = (scale(value) - scale(first)) / (scale(last) - scale(first));
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.most() * (HEIGHT - TOP - BOTTOM)
    }
}

fn put(out: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{line}");
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
}

fn tick(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        whole if !whole.contains('.') => whole.parse().map_or_else(|_| whole.to_owned(), grouped),
        part => part.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(is_logarithmic: bool) -> Plot {
        let series = Series { name: "a < b".to_owned(), points: vec![(1.0, 1.0), (100.0, 3.0), (10_000.0, 5.0)] };
        let (title, across, up) = ("T".to_owned(), "x".to_owned(), "y".to_owned());
        Plot { title, across, up, is_logarithmic, series: vec![series] }
    }

    #[test]
    fn points_lie_between_the_axes() {
        let plot = plot(true);
        assert_eq!((plot.x(1.0), plot.x(10_000.0)), (LEFT, WIDTH - RIGHT));
        assert!((plot.x(100.0) - f64::midpoint(LEFT, WIDTH - RIGHT)).abs() < 0.01);
        assert_eq!((plot.y(0.0), plot.y(5.0)), (HEIGHT - BOTTOM, TOP));
    }

    #[test]
    fn a_plot_is_the_same_text_each_time_and_escapes_names() {
        assert_eq!(plot(false).svg(), plot(false).svg());
        assert!(plot(false).svg().contains("a &lt; b"));
        assert!(plot(true).svg().contains(">10,000</text>"));
    }
}
