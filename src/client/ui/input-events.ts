/** For `:value` with `@input` and `:checked` with `@change`: the code of `v-model` would come with the page. */

export function inputValue({ target }: Event): string {
  return (target as HTMLInputElement).value
}

export function isChecked({ target }: Event): boolean {
  return (target as HTMLInputElement).checked
}
