// SPDX-License-Identifier: Apache-2.0
#include "governance/diseases.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace mc::governance {
namespace {

// Numbers and names of the Mondo Disease Ontology (CC BY 4.0); the hierarchy is its, with what lies between left out.
constexpr std::array kDiseases = std::to_array<Disease>({
    {1, "disease", {}},
    {4979, "asthma", {5275}},
    {4981, "atrial fibrillation", {7263}},
    {4992, "cancer", {1}},
    {4994, "cardiomyopathy", {5267}},
    {4995, "cardiovascular disorder", {1}},
    {5002, "chronic obstructive pulmonary disease", {5275}},
    {5009, "congestive heart failure", {5252}},
    {5010, "coronary artery disorder", {5267, 5385}},
    {5015, "diabetes mellitus", {5066}},
    {5021, "dilated cardiomyopathy", {4994}},
    {5044, "hypertensive disorder", {5385}},
    {5045, "hypertrophic cardiomyopathy", {4994}},
    {5066, "metabolic disease", {1}},
    {5068, "myocardial infarction", {5010}},
    {5098, "stroke disorder", {5385}},
    {5147, "type 1 diabetes mellitus", {5015}},
    {5148, "type 2 diabetes mellitus", {5015}},
    {5240, "kidney disorder", {1}},
    {5252, "heart failure", {5267}},
    {5267, "heart disorder", {4995}},
    {5275, "lung disorder", {1}},
    {5300, "chronic kidney disease", {5240}},
    {5385, "vascular disorder", {4995}},
    {7254, "breast cancer", {4992}},
    {7263, "cardiac rhythm disease", {5267}},
    {11122, "obesity disorder", {5066}},
});

const Disease* find(std::uint32_t number) {
  const auto found = std::ranges::lower_bound(kDiseases, number, {}, &Disease::number);
  return found == kDiseases.end() || found->number != number ? nullptr : &*found;
}

}  // namespace

std::span<const Disease> diseases() {
  return kDiseases;
}

std::string disease_text(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return "MONDO:" + std::string(7 - std::min<std::size_t>(7, digits.size()), '0') + digits;
}

Result<Disease> disease(std::uint32_t number) {
  if (const Disease* found = find(number)) return *found;
  return fail(Code::kUnsupported, disease_text(number) + " is no disease of the " + std::to_string(kDiseases.size()) +
                                      " whose place in the hierarchy we know");
}

Result<Disease> disease_from_text(std::string_view text) {
  for (const Disease& known : kDiseases) {
    if (text == known.name) return known;
  }
  std::string_view digits = text;
  if (digits.starts_with("MONDO:")) digits.remove_prefix(6);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(Code::kParse, "a disease is a Mondo number such as MONDO:0005252, or its name");
  }
  return disease(number);
}

Result<bool> disease_is(std::uint32_t narrow, std::uint32_t wide) {
  MC_TRY_STATUS(disease(narrow));
  MC_TRY_STATUS(disease(wide));
  std::vector<std::uint32_t> open = {narrow};
  while (!open.empty()) {
    const std::uint32_t number = open.back();
    open.pop_back();
    if (number == wide) return true;
    for (const std::uint32_t above : find(number)->kinds_of) {
      if (above != 0) open.push_back(above);
    }
  }
  return false;
}

}  // namespace mc::governance
