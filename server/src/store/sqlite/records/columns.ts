/** What a record has in the columns with these names. */
type KeptAs<Row, Names extends Readonly<Record<string, keyof Row>>> = {
  readonly [Field in keyof Names]: Row[Names[Field]];
};

interface Columns<Row, Names extends Readonly<Record<string, keyof Row>>> {
  readonly toRow: (record: KeptAs<Row, Names>) => { [Name in Names[keyof Names]]: Row[Name] };
  readonly fromRow: (row: { readonly [Name in Names[keyof Names]]: Row[Name] }) => KeptAs<Row, Names>;
}

/** Field → column, for what is kept as it is: written once, read both ways. */
export function columnsOf<Row>() {
  return <const Names extends Readonly<Record<string, keyof Row>>>(names: Names): Columns<Row, Names> => {
    const pairs = Object.entries(names) as [keyof Names, Names[keyof Names]][];
    return {
      toRow: (record) => Object.fromEntries(pairs.map(([field, name]) => [name, record[field]])) as never,
      fromRow: (row) => Object.fromEntries(pairs.map(([field, name]) => [field, row[name]])) as never,
    };
  };
}
