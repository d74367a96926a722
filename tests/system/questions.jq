# SPDX-License-Identifier: Apache-2.0
# Answers in plain arithmetic, three-valued as SQL is: a comparison with a missing value is neither true nor false.
#   input  all persons whose consent stands

def values(f): map(f) | map(select(. != null));
def pairs(f; g): map([f, g]) | map(select(.[0] != null and .[1] != null));
def mean: if length == 0 then null else add / length end;
def covariance:
  length as $n | if $n < 2 then null else
    (map(.[0]) | mean) as $a | (map(.[1]) | mean) as $b | (map((.[0] - $a) * (.[1] - $b)) | add) / ($n - 1) end;
def variance: map([., .]) | covariance;
def correlation: covariance / ((map([.[0], .[0]]) | covariance) * (map([.[1], .[1]]) | covariance) | sqrt);
def total: if length == 0 then null else add end;

def covariance_pop: length as $n | if $n < 2 then (if $n == 1 then 0 else null end) else covariance * ($n - 1) / $n end;
def slope: covariance / (map([.[1], .[1]]) | covariance);   # of [y, x]
def r2: correlation * correlation;
# Persons by bin: from $at[i] up to $at[i+1], the last bin with its end.
def bins(f; $at):
  values(f) as $all | (($at | length) - 1) as $count
  | [range($count) as $i | $all | map(select(. >= $at[$i] and (. < $at[$i + 1] or $i == $count - 1))) | length];
# The type 7 quantile of persons at the middles of equal parts of their bins, and the width of the bins that hold it.
def binned_quantile(f; $at; $p):
  bins(f; $at) as $counts
  | [range($counts | length) as $i | range($counts[$i]) | [$i, $at[$i] + ($at[$i + 1] - $at[$i]) * (. + 0.5) / $counts[$i]]] as $x
  | ((($x | length) - 1) * $p) as $h | $x[$h | floor] as $a | $x[$h | ceil] as $b
  | [$a[1] + ($h - ($h | floor)) * ($b[1] - $a[1]), $at[$b[0] + 1] - $at[$a[0]]];
def cross(f; g; $levels_f; $levels_g): . as $all | [$levels_f[] as $a | [$levels_g[] as $b | $all | map(select(f == $a and g == $b)) | length]];
# Of a table in which every row and column occurs; the p-value has this form for two degrees of freedom.
def chi_square_2x3:
  . as $t | ($t | map(add)) as $rows | ([range($t[0] | length) as $j | $t | map(.[$j]) | add]) as $columns | ($rows | add) as $n
  | [range($rows | length) as $i | range($columns | length) as $j | $rows[$i] * $columns[$j] / $n] as $expected
  | ([$t | flatten, $expected] | transpose | map((.[0] - .[1]) * (.[0] - .[1]) / .[1]) | add) as $x
  | [$x, 2, ((-$x / 2) | exp)] + $expected;
def woolf:
  flatten as $n | (($n[0] * $n[3] / ($n[1] * $n[2])) | log) as $l | (1.959963984540054 * ($n | map(1 / .) | add | sqrt)) as $reach
  | [($l | exp), ($l - $reach | exp), ($l + $reach | exp)];

# not/and/or over true, false and null (unknown).
def neither: if . == null then null else not end;
def both(a; b): a as $a | b as $b | if $a == false or $b == false then false elif $a == null or $b == null then null else true end;
def either(a; b): both(a | neither; b | neither) | neither;
def known(v; f): v as $v | if $v == null then null else ($v | f) end;

def table(condition; row): map(select(condition == true)) | {rows: [row], n: length};
# Groups in the order of their names, those without a value last.
def grouped(condition; key; row):
  map(select(condition == true)) as $all
  | [$all | group_by(key | map([. == null, .]))[] | (.[0] | key) + row] as $rows
  | {rows: $rows, n: ($all | length)};

# What an error is measured against, as the digits of an answer are: the number itself, or for spreads the half widths of the declared
# ranges (their product for covariances, 1 for correlations) when that is larger.
def half_widths: {age: 35, height: 20, "crp.hs mg/l": 4.5};
def measure($column; $expected):
  [half_widths | to_entries[] | . as $entry | select($column | contains($entry.key)) | .value] as $halves
  | [($expected | fabs),
     if $column | startswith("corr") then 1
     elif $column | startswith("covar") then $halves[0] * $halves[1]
     elif $column | startswith("var") then $halves[0] * $halves[0]
     elif $column | startswith("stddev") then $halves[0]
     else 0 end] | max;

# What disagrees between an answer of the commons and `$expected`: empty when nothing does. Numbers agree to nine digits, or to as many as
# the answer itself claims for the column, if that is less; an answer of less than eight is no answer.
def cell_agrees($column; $answer; $expected; $digits):
  if ($answer | type) != "number" or ($expected | type) != "number" then $answer == $expected
  else $digits >= 8 and ($answer - $expected | fabs) <= pow(10; -([9, $digits] | min)) * measure($column; $expected) end;
def disagreements($expected):
  . as $answer
  | if ($answer.rows | map(length)) != ($expected.rows | map(length)) then "\($answer.rows) has another shape than \($expected.rows)"
    elif $answer.n != $expected.n then "n is \($answer.n), expected \($expected.n)"
    else range($expected.rows | length) as $row | range($answer.columns | length) as $column
      | ($answer.column_digits[$column] // 15) as $digits
      | select(cell_agrees($answer.columns[$column]; $answer.rows[$row][$column]; $expected.rows[$row][$column]; $digits) | not)
      | "\($answer.columns[$column]) in row \($row) is \($answer.rows[$row][$column]) with \($digits) digits, expected \($expected.rows[$row][$column])"
    end;
