declare module "contract:*" {
  const schema: import("@/shared/form/contract").ContractSchema;
  export default schema;
}
