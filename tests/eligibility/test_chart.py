"""Limits that are a multiple of another field, at the boundary."""

import numpy as np

from simulator.eligibility.patient_columns import Chart
from simulator.eligibility.three_valued import FAIL, PASS


def test_value_written_as_exactly_the_multiple_of_the_limit_passes_and_the_next_digit_fails():
    hundredths = np.arange(100, 10_000)
    limits = hundredths / 100
    for multiple, thousandths in ((1.5, hundredths * 15), (3.0, hundredths * 30)):
        for more, code in ((0, PASS), (1, FAIL)):
            values = (thousandths + more) / 1000
            chart = Chart({"bilirubin_umol_l": values, "bilirubin_uln_umol_l": limits})
            codes = chart.within_multiple("bilirubin_umol_l", multiple, "bilirubin_uln_umol_l")
            assert (codes == code).all()
