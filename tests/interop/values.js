"use strict";
// Values of OPC UA as JSON, and back.

const opcua = require("node-opcua");

const WIDE = new Set([opcua.DataType.Int64, opcua.DataType.UInt64]);

// node-opcua holds a 64-bit integer as two 32-bit words.
function wideToNumber([high, low], dataType) {
  const wide = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return Number(dataType === opcua.DataType.Int64 ? BigInt.asIntN(64, wide) : wide);
}

function numberToWide(number) {
  const wide = BigInt.asUintN(64, BigInt(number));
  return [Number(wide >> 32n), Number(wide & 0xffffffffn)];
}

function plain(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object") return value;
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (value instanceof Date) return value.toISOString();
  if (value instanceof opcua.LocalizedText) return { locale: value.locale, text: value.text };
  if (value instanceof opcua.QualifiedName) return { namespace: value.namespaceIndex, name: value.name };
  if (value instanceof opcua.NodeId) return value.toString();
  if (value instanceof opcua.StatusCode) return value.name;
  if (value instanceof opcua.Variant) return variant(value);
  if (value instanceof opcua.DataValue) return dataValue(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value, plain);
  return structure(value);
}

// A structure by its schema's field names; the library's own bookkeeping left out.
function structure(value) {
  const fields = Object.entries(value).filter(([name]) => !name.startsWith("_") && name !== "schema");
  const decoded = Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
  return { structure: value.schema?.name ?? value.constructor?.name ?? null, fields: decoded };
}

function variant(given) {
  if (!given || given.dataType === opcua.DataType.Null) return null;
  const scalar = given.arrayType === opcua.VariantArrayType.Scalar;
  const one = WIDE.has(given.dataType) ? (word) => wideToNumber(word, given.dataType) : plain;
  const value = scalar ? one(given.value) : Array.from(given.value ?? [], one);
  const dimensions = given.dimensions ? { dimensions: given.dimensions } : {};
  return { type: opcua.DataType[given.dataType], array: !scalar, value, ...dimensions };
}

function dataValue(given) {
  return {
    variant: variant(given.value),
    value: variant(given.value)?.value ?? null,
    status: given.statusCode.name,
    source_timestamp: given.sourceTimestamp?.toISOString() ?? null,
    server_timestamp: given.serverTimestamp?.toISOString() ?? null,
  };
}

const FLOATS = { NaN, Infinity, "-Infinity": -Infinity };

function toNative(type, value) {
  if (Array.isArray(value)) return value.map((one) => toNative(type, one));
  switch (type) {
    case "Int64":
    case "UInt64":
      return numberToWide(value);
    case "Float":
    case "Double":
      return typeof value === "string" ? FLOATS[value] : value;
    case "DateTime":
      return new Date(value);
    case "ByteString":
      return Buffer.from(value, "base64");
    case "LocalizedText":
      return opcua.coerceLocalizedText(value);
    case "NodeId":
      return opcua.resolveNodeId(value);
    case "Variant":
      return toVariant(value);
    case "DataValue":
      return toDataValue(value);
    default:
      return value;
  }
}

// {type, value}; type "Null" is the null Variant.
function toVariant({ type, value, dimensions }) {
  if (type === "Null") return new opcua.Variant({ dataType: opcua.DataType.Null });
  const arrayType = dimensions
    ? opcua.VariantArrayType.Matrix
    : Array.isArray(value)
      ? opcua.VariantArrayType.Array
      : opcua.VariantArrayType.Scalar;
  return new opcua.Variant({
    dataType: opcua.DataType[type],
    arrayType,
    value: toNative(type, value),
    ...(dimensions ? { dimensions } : {}),
  });
}

function toDataValue({ status, source_timestamp: source, ...value }) {
  return new opcua.DataValue({
    value: toVariant(value),
    ...(status ? { statusCode: opcua.StatusCodes[status] } : {}),
    ...(source ? { sourceTimestamp: new Date(source) } : {}),
  });
}

module.exports = { dataValue, plain, toDataValue, toVariant, variant };
