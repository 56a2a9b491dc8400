/** For `:value` with `@input` and `:checked` with `@change`: the code of `v-model` would come with the page. */

export function inputValue({ target }: Event): string {
  return (target as HTMLInputElement).value
}

export function isChecked({ target }: Event): boolean {
  return (target as HTMLInputElement).checked
}

/** The key belongs to an input method: Enter that ends the choice of a Chinese word. Safari says so by the key code alone. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}
