"""The loop and its parts."""

from gender_classifier.system.cores import let_waiting_threads_sleep
from gender_classifier.system.scratch import spare_temporary_folder_from_torch

let_waiting_threads_sleep()
spare_temporary_folder_from_torch()
