// SPDX-License-Identifier: Apache-2.0
// Any text as a history, a layout or a series: what is accepted has one spelling that reads back to itself.
#include "base/bytes.hpp"
#include "data/schema/history.hpp"
#include "data/schema/infer_events.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  const std::string_view text = mc::text_of({data, size});
  if (const auto history = history_from_text(text); history) {
    const std::string spelled = history_text(*history);
    MC_CHECK(history_from_text(spelled).value_or_stop() == *history && is_history_text(spelled));
    MC_CHECK(is_series_name(history->series) && (!history->from || *history->from < *history->to));
  }
  if (const auto layout = layout_from_text(text); layout) {
    MC_CHECK(!layout->layout.person.empty() && !layout->layout.time.empty() && is_series_name(layout->file));
  }
  if (const auto series = series_request_from_text(text); series) {
    MC_CHECK(is_series_name(series->name) && is_series_name(series->file));
  }
  return 0;
}
