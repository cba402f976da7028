# mypy: ignore-errors
import csv
from collections import defaultdict
from statistics import mean, median

groups = defaultdict(list)
with open('./input/train.csv', newline='') as handle:
    for row in csv.DictReader(handle):
        groups[row['Neighborhood']].append(float(row['SalePrice']))
overall = median(v for values in groups.values() for v in values)
with open('./input/test.csv', newline='') as src, open('./submission.csv', 'w', newline='') as dst:
    writer = csv.writer(dst)
    writer.writerow(['Id', 'SalePrice'])
    for row in csv.DictReader(src):
        values = groups.get(row['Neighborhood'])
        writer.writerow([row['Id'], mean(values) if values else overall])
