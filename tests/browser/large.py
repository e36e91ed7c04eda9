"""A snapshot of many streams, from a sample: python large.py SAMPLE FOLDER STREAMS.

The streams of the sample's larger Region are repeated under other names, with their answers and tags; all else stays. So a
report can be measured without an account of that size. Records keep the order and numbers that the program demands.
"""

import copy
import json
import pathlib
import sys

PAGING = {"ExclusiveStartDeliveryStreamName", "ExclusiveStartTagKey", "Limit", "Marker", "NextToken", "MaxResults"}


def read(folder):
    for path in sorted(folder.glob("*/*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def order(record):
    question = {k: v for k, v in sorted(record["parameters"].items()) if k not in PAGING}
    return (record["account"], record["region"], record["service"], record["operation"], compact(question), record["page"])


def renamed(record, old, new):
    record = json.loads(compact(record).replace(f'deliverystream/{old}"', f'deliverystream/{new}"'))
    record["parameters"]["DeliveryStreamName"] = new
    description = record["body"].get("DeliveryStreamDescription")
    if description:
        description["DeliveryStreamName"] = new
    return record


METRICS = 500  # queries in one call, as AWS takes them


def metrics(asked, made):
    """The calls of GetMetricData for new streams: (new name, old name); each is answered as its old one was."""
    of = {}
    for record in asked:
        results = {r["Id"]: r for r in record["body"]["MetricDataResults"]}
        for query in record["parameters"]["MetricDataQueries"]:
            name = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
            of.setdefault(name, []).append((query, results[query["Id"]]))
    pairs = []
    for new, old in made:
        for query, result in copy.deepcopy(of.get(old, [])):
            query["MetricStat"]["Metric"]["Dimensions"][0]["Value"] = new
            pairs.append((query, result))
    for start in range(0, len(pairs), METRICS):
        record = copy.deepcopy(asked[0])
        some = pairs[start:start + METRICS]
        for number, (query, result) in enumerate(some):
            query["Id"] = result["Id"] = f"q{number}"
        record["parameters"]["MetricDataQueries"] = [query for query, _ in some]
        record["body"]["MetricDataResults"] = [result for _, result in some]
        yield record


def main(sample, folder, streams):
    records = list(read(sample))
    listing = max((r for r in records if r["operation"] == "ListDeliveryStreams"),
                  key=lambda r: len(r["body"]["DeliveryStreamNames"]))
    names, region = listing["body"]["DeliveryStreamNames"], listing["region"]
    of = {}
    for record in records:
        if record["region"] == region and record["operation"] in ("DescribeDeliveryStream", "ListTagsForDeliveryStream"):
            of.setdefault(record["parameters"]["DeliveryStreamName"], []).append(record)
    made = []
    there = sum(len(r["body"]["DeliveryStreamNames"]) for r in records if r["operation"] == "ListDeliveryStreams")
    for number in range(streams - there):
        old = names[number % len(names)]
        new = f"{old}-{number:05}"
        made.append((new, old))
        records += [renamed(copy.deepcopy(r), old, new) for r in of[old]]
    names += [new for new, _ in made]
    asked = [r for r in records if r["region"] == region and r["operation"] == "GetMetricData"]
    records += metrics(asked, made)
    records.sort(key=order)
    lines = {}
    for number, record in enumerate(records, 1):
        record["ev"] = f"EV-{number:06}"
        path = f"{record['account']}/{record['region']}/{record['service']}.{record['operation']}.jsonl"
        lines.setdefault(path, []).append(compact(record))
    for path, text in lines.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("\n".join(text) + "\n", encoding="utf-8")
    (folder / "run.json").write_bytes((sample / "run.json").read_bytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]))
