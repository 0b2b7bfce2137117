//! A figure over the number of schedules, as an SVG. Both axes are logarithmic.

use std::path::Path;

use plotters::prelude::*;

const SIZE: (u32, u32) = (640, 360);
const OURS: RGBColor = RGBColor(31, 119, 180);
const PEER: RGBColor = RGBColor(214, 39, 40);
/// The peer was measured with so many schedules.
const PEER_COUNT: f64 = 1000.0;

/// A plot.
pub struct Plot {
    /// The name of the file, without its ending.
    pub file: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    /// Number of schedules, and the figure.
    pub ours: Vec<(f64, f64)>,
    /// The figure of the peer at 1,000 schedules.
    pub peer: Option<f64>,
}

impl Plot {
    /// Writes it into a folder.
    pub fn draw(&self, folder: &Path) {
        let path = folder.join(format!("{}.svg", self.file));
        let area = SVGBackend::new(&path, SIZE).into_drawing_area();
        area.fill(&WHITE).unwrap();
        let values = self.ours.iter().map(|(_, value)| *value).chain(self.peer);
        let (least, most) =
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        // A decade of the axis begins and ends at a power of ten.
        let (bottom, top) = (10_f64.powf(least.max(0.001).log10().floor()), 10_f64.powf(most.log10().ceil()));
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d((80.0..60_000.0).log_scale(), (bottom..top).log_scale())
            .unwrap();
        let number = |value: &f64| format!("{value}");
        let mut mesh = chart.configure_mesh();
        mesh.x_desc("schedules").y_desc(self.unit).x_label_formatter(&number).y_label_formatter(&number);
        mesh.draw().unwrap();
        let line = LineSeries::new(self.ours.iter().copied(), OURS.stroke_width(2));
        let line = chart.draw_series(line).unwrap().label("this operator");
        line.legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], OURS.stroke_width(2)));
        chart.draw_series(self.ours.iter().map(|point| Circle::new(*point, 4, OURS.filled()))).unwrap();
        if let Some(value) = self.peer {
            let point = [TriangleMarker::new((PEER_COUNT, value), 6, PEER.filled())];
            let peer = chart.draw_series(point).unwrap().label("provider-http");
            peer.legend(|(x, y)| TriangleMarker::new((x + 8, y), 6, PEER.filled()));
        }
        let mut labels = chart.configure_series_labels();
        labels.position(SeriesLabelPosition::UpperLeft).background_style(WHITE).border_style(BLACK).draw().unwrap();
        area.present().unwrap();
    }
}
