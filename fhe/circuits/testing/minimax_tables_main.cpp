// SPDX-License-Identifier: Apache-2.0
// Writes one of the files of tables: minimax_tables sigmoid > fhe/circuits/minimax_tables_sigmoid.cpp, and so on.
#include <cstdio>
#include <string>
#include <string_view>

#include "fhe/circuits/testing/minimax_problems.hpp"

namespace mc::fhe::testing {
namespace {

void print_head() {
  std::printf(
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Written by fhe/circuits/testing/minimax_tables_main.cpp; minimax_tables_test.cpp makes every number again.\n"
      "#include \"fhe/circuits/minimax_tables.hpp\"\n\n"
      "namespace mc::fhe {\n"
      "namespace {\n\n"
      "// clang-format off\n");
}

void print_coefficients(const std::string& name, const std::vector<double>& coefficients) {
  std::printf("constexpr double %s[] = {", name.c_str());
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    std::printf("%s%a,", i % 5 == 0 ? "\n  " : " ", coefficients[i]);
  }
  std::printf("\n};\n");
}

void print_tables(MinimaxFunction function, const std::string& name) {
  print_head();
  std::string list;
  std::size_t number = 0;
  for (const WantedTable& wanted : wanted_tables(function)) {
    const MinimaxProblem problem = problem_of(function, wanted);
    const Minimax solution = minimax(problem);
    const std::string variable = "kTable" + std::to_string(number++);
    print_coefficients(variable, kept_coefficients(problem, solution));
    char line[200];
    std::snprintf(line, sizeof line, "  {%a, %a, %u, %a, %s, %s},  // error %.1e\n", wanted.low, wanted.high,
                  wanted.degree, stated_error(function, problem, solution),
                  problem.terms == Terms::kOdd ? "true" : "false", variable.c_str(),
                  static_cast<double>(solution.error));
    list += line;
  }
  std::printf("constexpr MinimaxTable kTables[] = {\n%s};\n// clang-format on\n\n}  // namespace\n\n", list.c_str());
  std::printf("std::span<const MinimaxTable> %s_tables() {\n  return kTables;\n}\n\n}  // namespace mc::fhe\n",
              name.c_str());
}

void print_sign_tables() {
  print_head();
  std::string list;
  for (std::uint32_t bits = kSignBitsMin; bits <= kSignBitsMax; ++bits) {
    const std::string variable = "kBits" + std::to_string(bits);
    std::string stages;
    std::size_t number = 0;
    for (const ComputedStage& stage : sign_stages(bits)) {
      const std::string name = variable + "Stage" + std::to_string(number++);
      print_coefficients(name, stage.coefficients);
      char line[200];
      std::snprintf(line, sizeof line, "  {%a, %a, %s},  // error %.1e\n", stage.low, stage.error, name.c_str(),
                    stage.error);
      stages += line;
    }
    std::printf("constexpr SignStage %s[] = {\n%s};\n", variable.c_str(), stages.c_str());
    list += "  {" + std::to_string(bits) + ", " + variable + "},\n";
  }
  std::printf("constexpr SignTable kTables[] = {\n%s};\n// clang-format on\n\n}  // namespace\n\n", list.c_str());
  std::printf("std::span<const SignTable> sign_tables() {\n  return kTables;\n}\n\n}  // namespace mc::fhe\n");
}

int run(std::string_view name) {
  if (name == "sigmoid") {
    print_tables(MinimaxFunction::kSigmoid, "sigmoid");
  } else if (name == "inverse") {
    print_tables(MinimaxFunction::kInverse, "inverse");
  } else if (name == "square_root") {
    print_tables(MinimaxFunction::kSquareRoot, "square_root");
  } else if (name == "inverse_square_root") {
    print_tables(MinimaxFunction::kInverseSquareRoot, "inverse_square_root");
  } else if (name == "folded_sigmoid") {
    print_tables(MinimaxFunction::kFoldedSigmoid, "folded_sigmoid");
  } else if (name == "folded_entropy") {
    print_tables(MinimaxFunction::kFoldedEntropy, "folded_entropy");
  } else if (name == "sign") {
    print_sign_tables();
  } else {
    std::fputs(
        "usage: minimax_tables "
        "sigmoid|inverse|square_root|inverse_square_root|folded_sigmoid|folded_entropy|sign\n",
        stderr);
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace mc::fhe::testing

int main(int argc, char** argv) {
  return mc::fhe::testing::run(argc == 2 ? argv[1] : "");
}
