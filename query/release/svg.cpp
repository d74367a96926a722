// SPDX-License-Identifier: Apache-2.0
#include "query/release/svg.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace mc::query {
namespace {

std::string pixels(double value) {
  std::array<char, 40> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.2f", std::isfinite(value) ? value + 0.0 : 0.0);
  return buffer.data();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string points_text(std::span<const Point> points) {
  std::string text;
  for (const Point& point : points) text += (text.empty() ? "" : " ") + pixels(point.x) + "," + pixels(point.y);
  return text;
}

}  // namespace

Svg::Svg(double width, double height) {
  body_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", pixels(width)) +
          attribute("height", pixels(height)) + attribute("viewBox", "0 0 " + pixels(width) + " " + pixels(height)) +
          " font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
}

void Svg::line(Point from, Point to, std::string_view colour, double width) {
  body_ += "<line" + attribute("x1", pixels(from.x)) + attribute("y1", pixels(from.y)) + attribute("x2", pixels(to.x)) +
           attribute("y2", pixels(to.y)) + attribute("stroke", colour) + attribute("stroke-width", pixels(width)) +
           "/>\n";
}

void Svg::polyline(std::span<const Point> points, std::string_view colour, double width) {
  body_ += "<polyline" + attribute("points", points_text(points)) + attribute("fill", "none") +
           attribute("stroke", colour) + attribute("stroke-width", pixels(width)) + "/>\n";
}

void Svg::area(std::span<const Point> points, std::string_view colour, double opacity) {
  body_ += "<polygon" + attribute("points", points_text(points)) + attribute("fill", colour) +
           attribute("fill-opacity", pixels(opacity)) + "/>\n";
}

void Svg::square(Point centre, double side, std::string_view colour) {
  body_ += "<rect" + attribute("x", pixels(centre.x - side / 2)) + attribute("y", pixels(centre.y - side / 2)) +
           attribute("width", pixels(side)) + attribute("height", pixels(side)) + attribute("fill", colour) + "/>\n";
}

void Svg::text(Point at, std::string_view text, Anchor anchor, double size, std::string_view colour, bool bold) {
  const std::string_view side = anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
  body_ += "<text" + attribute("x", pixels(at.x)) + attribute("y", pixels(at.y)) + attribute("text-anchor", side) +
           attribute("font-size", pixels(size)) + attribute("fill", colour) +
           (bold ? attribute("font-weight", "bold") : "") + ">" + escaped(text) + "</text>\n";
}

std::string Svg::finish() && {
  return std::move(body_) + "</svg>\n";
}

std::string_view chart_colour(std::size_t index) {
  static constexpr std::array<std::string_view, 8> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                               "#56b4e9", "#e69f00", "#000000", "#999933"};
  return kColours[index % kColours.size()];
}

}  // namespace mc::query
