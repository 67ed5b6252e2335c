"""Reports, tables and figures, made from scores and logs."""

from gender_classifier.system.scratch import spare_home_from_matplotlib

spare_home_from_matplotlib()
