"""Prints what nbgrader's gradebook says of an assignment; run in nbgrader's environment.

usage: python gradebook.py GRADEBOOK ASSIGNMENT
"""

import json
import sys

from nbgrader.api import Gradebook

database, assignment = sys.argv[1:]
scores = {}
with Gradebook(f"sqlite:///{database}") as gradebook:
    for submission in gradebook.assignment_submissions(assignment):
        scores[submission.student.id] = {
            grade.name: {"score": grade.auto_score, "to_mark": grade.needs_manual_grade, "possible": grade.max_score}
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
print(json.dumps(scores))
