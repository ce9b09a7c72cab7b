"""Text -> checked mapping.

document     YAML text -> nodes with places
findings     what is wrong, and where
values       one node -> one value
fields       one map, key by key
models       a node -> a connector's model
queries      the flat grammar of a query
measures     measurements and formula of a key result
kinds        reach, keep, observe
objectives   one file
links        what holds across files
load         all files -> `syncd.okr.definition.Mappings`
lint         what is legal, and a person should look at
schema       the same grammar as JSON Schema, for editors
"""
