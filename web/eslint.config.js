import pluginVue from "eslint-plugin-vue";
import { globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Left and right are wrong in Arabic: start and end are right everywhere. */
const PHYSICAL = "/(^|\\s|:)-?(m[lr]|p[lr]|left|right|border-[lr]|rounded-[lr]|text-left|text-right)(-|\\s|$)/";

export default tseslint.config(
  globalIgnores(["dist/", "node_modules/", "api/schema.d.ts", "languages/generated/"]),
  tseslint.configs.recommended,
  pluginVue.configs["flat/recommended"],
  { files: ["**/*.vue"], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    rules: {
      "vue/html-self-closing": "off",
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/html-indent": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/first-attribute-linebreak": "off",
      "vue/attributes-order": "off",
      "vue/multi-word-component-names": "off",
      "vue/require-default-prop": "off",
      "vue/no-v-html": "error",
      "vue/no-restricted-static-attribute": ["error", { key: "style", message: "The content security policy forbids it." }],
      "vue/no-restricted-class": ["error", PHYSICAL],
    },
  },
);
