// Renders /openapi.yaml into the page, with requests to this very server.
window.SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#api-reference",
  deepLinking: true,
  tryItOutEnabled: true,
  withCredentials: true,
  validatorUrl: null,
});
