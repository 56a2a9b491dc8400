/** One text, or one for each plural form of the language (CLDR). `{name}` stands for a value that is filled in. */
export type Text = string | ({ readonly other: string } & { readonly [Form in Intl.LDMLPluralRule]?: string })
export type Texts = Readonly<Record<string, Text>>
export type Translation<Key extends string> = Readonly<Record<Key, Text>>
