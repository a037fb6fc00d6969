// Swagger UI on our own description; its validator badge would call a remote site.
window.SwaggerUIBundle({ url: "/api/v1/openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0 });
