#!/usr/bin/python3
"""The Kubernetes manifests, without a cluster: every field known to the API and of its type (by the models of
Python's kubernetes client), and what they refer to is there.

usage: deploy_kubernetes.py CASE        one of the functions named case_… below
"""
import glob
import os
import re
import sys

from line import SOURCE, check, skip

try:
    import yaml
except ImportError:
    skip("Python's yaml is not installed")

DEPLOY = os.path.join(SOURCE, "deploy")
FILES = {os.path.basename(p): p for p in glob.glob(f"{DEPLOY}/kubernetes/*.yaml")}
SETS = [["line.yaml", "lmdb.yaml"], ["line.yaml", "cluster.yaml"]]
OTHERS_KINDS = {"ScaledObject"}  # KEDA's


def documents(*names):
    for name in names:
        with open(FILES[name], encoding="utf-8") as f:
            yield from ((name, d) for d in yaml.safe_load_all(f) if d)


def walk(client, value, kind, where):
    """This value is of this kind of the API's model."""
    inner = re.fullmatch(r"(list|dict)\[(?:str, )?(.*)\]|dict\(str, (.*)\)", kind)
    if inner:
        holds = inner[2] or inner[3]
        check(isinstance(value, list if inner[1] == "list" else dict), f"{where} is no {kind}")
        each = enumerate(value) if isinstance(value, list) else value.items()
        for key, item in each:
            walk(client, item, holds, f"{where}.{key}")
        return
    model = getattr(client, kind, None)
    if model is None:
        right = {"str": str, "int": int, "bool": bool, "float": (int, float)}.get(kind)
        check(right is None or isinstance(value, right) and (kind != "int" or not isinstance(value, bool)),
              f"{where} is {value!r}, no {kind}")
        return
    check(isinstance(value, dict), f"{where} is no {kind}")
    fields = {name: field for field, name in model.attribute_map.items()}
    for name, item in value.items():
        check(name in fields, f"{where}: {kind} has no field {name}")
        walk(client, item, model.openapi_types[fields[name]], f"{where}.{name}")


def case_every_field_is_one_of_the_api():
    try:
        from kubernetes import client
    except ImportError:
        skip("python3-kubernetes is not installed")
    count = 0
    for name, document in documents(*FILES):
        if document["kind"] in OTHERS_KINDS:
            continue
        version = document["apiVersion"].split("/")[-1]
        walk(client, document, f"{version.capitalize()}{document['kind']}", f"{name} {document['metadata']['name']}")
        count += 1
    check(count > 20, f"only {count} documents")


def pods(given):
    for name, document in given:
        if document["kind"] in ("Deployment", "StatefulSet"):
            yield f"{name} {document['metadata']['name']}", document, document["spec"]["template"]


def selects(selector, labels):
    named = selector.get("matchLabels", {}) if isinstance(selector, dict) else {}
    for rule in selector.get("matchExpressions", []):
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return all(labels.get(key) == value for key, value in named.items())


def selectors(given):
    """Every selector of pods, and where it stands."""
    for name, document in given:
        where, spec = f"{name} {document['kind']} {document['metadata']['name']}", document.get("spec", {})
        if document["kind"] == "Service":
            yield where, {"matchLabels": spec["selector"]}
        if document["kind"] == "PodDisruptionBudget":
            yield where, spec["selector"]
        if document["kind"] == "NetworkPolicy":
            sides = [*spec.get("ingress", []), *spec.get("egress", [])]
            peers = [peer for side in sides for peer in side.get("from", []) + side.get("to", [])]
            for selector in [spec["podSelector"], *(p["podSelector"] for p in peers if "podSelector" in p)]:
                yield where, selector


def case_what_is_referred_to_is_there():
    with open(f"{DEPLOY}/OPERATE.md", encoding="utf-8") as f:
        made = set(re.findall(r"kubectl create (secret generic|configmap) (\S+)", f.read()))
    for names in SETS:
        given = list(documents(*names))
        labels = [template["metadata"]["labels"] for _, _, template in pods(given)]
        for where, selector in selectors(given):
            own = re.search(r"warta-role", str(selector))  # a label of the operator's own pods
            check(own or any(selects(selector, label) for label in labels), f"{where} selects nothing: {selector}")
        here = {(d["kind"], d["metadata"]["name"]) for _, d in given}
        budgets = {d["spec"]["selector"]["matchLabels"]["app"] for _, d in given if d["kind"] == "PodDisruptionBudget"}
        for where, document, template in pods(given):
            spec = template["spec"]
            check(selects(document["spec"]["selector"], template["metadata"]["labels"]), f"{where} is not its own")
            check(template["metadata"]["labels"]["app"] in budgets, f"{where} has no disruption budget")
            volumes = {v["name"] for v in spec["volumes"]}
            volumes |= {v["metadata"]["name"] for v in document["spec"].get("volumeClaimTemplates", [])}
            for volume in spec["volumes"]:
                secret, config = volume.get("secret", {}).get("secretName"), volume.get("configMap", {}).get("name")
                check(secret is None or ("secret generic", secret) in made, f"{where}: nobody makes secret {secret}")
                check(config is None or ("configmap", config) in made or ("ConfigMap", config) in here,
                      f"{where}: nobody makes configmap {config}")
            if document["kind"] == "StatefulSet":
                check(("Service", document["spec"]["serviceName"]) in here, f"{where}: its service is not there")
            for container in spec["containers"]:
                check({m["name"] for m in container["volumeMounts"]} == volumes, f"{where}: mounts are not its volumes")


def case_every_container_has_limits_and_few_rights():
    for where, _, template in pods(documents(*FILES)):
        check(template["spec"]["securityContext"]["runAsNonRoot"] is True, f"{where} may be root")
        check(template["spec"]["automountServiceAccountToken"] is False, f"{where} has a token of the API")
        for container in template["spec"]["containers"]:
            check({"cpu", "memory"} <= set(container["resources"]["limits"]), f"{where} has no limits")
            right = container["securityContext"]
            check(right["readOnlyRootFilesystem"] and not right["allowPrivilegeEscalation"]
                  and right["capabilities"] == {"drop": ["ALL"]}, f"{where} has rights to spare")
            check(re.search(r":[\w.-]+$", container["image"]), f"{where}: image without a tag")
            probes = {p for p in container if p.endswith("Probe")}
            check(container["name"] == "worker" or {"livenessProbe", "readinessProbe"} <= probes, f"{where}: {probes}")


def case_workers_are_scaled_by_what_waits():
    for _, document in documents("line.yaml"):
        if document["kind"] == "ScaledObject":
            spec = document["spec"]
            check(spec["scaleTargetRef"]["name"] == "worker", "who is scaled")
            check(spec["minReplicaCount"] >= 1, "somebody has to read")
            check("warta_journal_unfinished" in spec["triggers"][0]["metadata"]["query"], "by what")
            return
    check(False, "there is no ScaledObject")


globals()[f"case_{sys.argv[1]}"]()
