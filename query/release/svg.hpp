// SPDX-License-Identifier: Apache-2.0
// Writes the few elements of SVG that a chart needs. Coordinates are pixels from the top left, rounded to hundredths.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mc::query {

struct Point {
  double x = 0;
  double y = 0;
};

enum class Anchor { kStart, kMiddle, kEnd };

class Svg {
 public:
  Svg(double width, double height);

  void line(Point from, Point to, std::string_view colour, double width = 1);
  /// An open line through all points.
  void polyline(std::span<const Point> points, std::string_view colour, double width);
  /// A closed area without an outline.
  void area(std::span<const Point> points, std::string_view colour, double opacity);
  void square(Point centre, double side, std::string_view colour);
  /// `text` is escaped; `y` is its base line.
  void text(Point at, std::string_view text, Anchor anchor = Anchor::kStart, double size = 13,
            std::string_view colour = "#222222", bool bold = false);

  /// The whole document.
  [[nodiscard]] std::string finish() &&;

 private:
  std::string body_;
};

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), repeating after the eighth.
std::string_view chart_colour(std::size_t index);

}  // namespace mc::query
