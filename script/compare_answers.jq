# SPDX-License-Identifier: Apache-2.0
# Compares an answer of the commons with a plaintext answer, number by number.
#   input        the answer, as `medcommons ask --json` prints it
#   $expected    one entry of data/heart-failure/reference.json
#   $tolerance   largest relative error that still counts as equal. Covariances and correlations are small differences of large
#                sums: where the answer itself claims fewer digits for one, those digits are what it is held to.
# Output: one object per number {column, group, answer, expected, error, equal}. Another shape than expected is one object
# with equal false, so that a missing row can never pass as agreement.

# jq would order null below every number; here a null equals only a null.
def error($a; $b):
  if $a == null and $b == null then 0
  elif ($a | type) != "number" or ($b | type) != "number" then infinite
  elif $b == 0 then ($a | fabs)
  else (($a - $b) / $b | fabs) end;

# How far column $column of the answer may be off.
def allowed($answer; $name; $column):
  if ($name | test("^(covar_samp|corr)\\(")) and ($answer.column_digits | type) == "array" then
    [$tolerance, pow(10; -($answer.column_digits[$column]))] | max
  else $tolerance end;

. as $answer
| if ($answer | type) != "object" or ($answer.rows | type) != "array" then
    {column: "rows", group: "", answer: null, expected: ($expected.rows | length), error: infinite, equal: false}
  elif ($answer.rows | map(length)) != ($expected.rows | map(length)) then
    {column: "shape of the rows", group: "", answer: ($answer.rows | map(length) | tojson),
     expected: ($expected.rows | map(length) | tojson), error: infinite, equal: false}
  else
    (range($expected.rows | length) as $row | range($expected.rows[$row] | length) as $column
     | error($answer.rows[$row][$column]; $expected.rows[$row][$column]) as $error
     | {column: $expected.columns[$column],
        group: (if ($expected.rows | length) > 1 then "\($expected.columns[0])=\($expected.rows[$row][0])" else "" end),
        answer: $answer.rows[$row][$column], expected: $expected.rows[$row][$column],
        error: $error, equal: ($error <= allowed($answer; $expected.columns[$column]; $column))}),
    ($answer.n as $n | error($n; $expected.n) as $error
     | {column: "n", group: "", answer: $n, expected: $expected.n, error: $error, equal: ($error == 0)})
  end
