"""`python -m gender_classifier`, also for `torchrun -m gender_classifier train ...`."""

from gender_classifier.cli import main

if __name__ == "__main__":
    main()
