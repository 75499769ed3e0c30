//! The OpenAPI document, made from the same list as the router. What holds for all operations alike (the key, the
//! parameters of paths, versions, what refusals look like) is written into it here, once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder, Schema,
    SecurityRequirement,
};
use utoipa::{PartialSchema as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::audit::Shape;
use super::names::Family;
use super::table;

/// Where the API is.
pub(crate) const BASE: &str = "/admin/api/v1";

/// The groups of operations, in the order in which they are shown.
const TAGS: [(&str, &str); 13] = [
    ("about", "The key, and this document."),
    ("tenants", "Those whose users log in. A tenant is named by its code."),
    (
        "connectors",
        "A tenant's accounts at a provider, such as a WeChat official account, and links by which an account's owner enters its secrets.",
    ),
    ("clients", "The apps that send their users to a tenant's login."),
    ("menus", "Menus of accounts: drafts, checks, publications."),
    ("verify-files", "Files by which a provider sees whose a domain is."),
    ("people", "Who logged in."),
    ("keys", "Keys that sign a tenant's ID tokens."),
    ("members", "Operators whose seat names a tenant."),
    ("audit", "Logins, and what operators changed."),
    (
        "operators",
        "People of the console, and invitations. For platform owners and agency admins.",
    ),
    ("api-keys", "Keys of this API. For platform owners and agency admins."),
    ("agencies", "Whom tenants and operators belong to. For platform owners."),
];

/// Parameters of paths.
const PARAMETERS: [(&str, &str); 6] = [
    ("code", "Code of the tenant."),
    ("id", "Identifier."),
    ("host", "Host name."),
    ("name", "File name."),
    ("session", "Identifier of the session."),
    ("made", "When the secret was made, as its `created_at` says."),
];

/// A refusal (RFC 9457), `application/problem+json`. Nothing was changed. Texts are in the language that
/// `Accept-Language` asks for.
#[derive(Debug, Serialize, ToSchema)]
struct Problem {
    /// `urn:hufu:problem:` and the code.
    r#type: String,
    /// Of this kind of refusal.
    title: String,
    /// Status of the response.
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
    /// Stable word, for programs.
    code: String,
    /// Id of the request, for questions to whoever runs the server.
    request_id: String,
    /// What is wrong where; only when the call can be mended there.
    #[serde(default)]
    errors: Vec<ProblemAt>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ProblemAt {
    /// In the body: a JSON pointer (RFC 6901).
    pointer: Option<String>,
    /// In the query: the parameter.
    parameter: Option<String>,
    /// What.
    detail: String,
}

/// The document.
pub(crate) fn document() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(make);
    &DOCUMENT
}

/// Reads this document
#[utoipa::path(get, path = "/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "OpenAPI 3.1. Needs no key.", content_type = "application/json")))]
pub(super) async fn get_openapi() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_json().unwrap_or_default());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

fn make() -> OpenApi {
    let mut document = OpenApiRouter::new().nest(BASE, table()).into_openapi();
    document.info = InfoBuilder::new()
        .title("Hufu admin API")
        .version("1")
        .description(Some(
            "What the console does, for programs. Send the key as `Authorization: Bearer hufu_…`.",
        ))
        .build();
    let tags = TAGS
        .iter()
        .map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    document.tags = Some(tags.collect());
    let key: Vec<String> = Vec::new();
    document.security = Some(vec![SecurityRequirement::new("key", key)]);
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = Http::new(HttpAuthScheme::Bearer);
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    for schema in components.schemas.values_mut() {
        answer_whole(schema);
    }
    let more = [
        ("Problem", Problem::schema()),
        ("ProblemAt", ProblemAt::schema()),
        // Words of queries: only bodies are found by the macros.
        ("Family", Family::schema()),
        ("Shape", Shape::schema()),
    ];
    components
        .schemas
        .extend(more.map(|(name, schema)| (name.to_owned(), schema)));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            complete(path, method, operation);
        }
    }
    document
}

/// What is answered is answered whole: a field without a value is null. What may be sent forbids other fields; there a
/// field may be left out.
fn answer_whole(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) if object.additional_properties.is_none() => {
            object.required = object.properties.keys().cloned().collect();
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(answer_whole),
        _ => {}
    }
}

/// The operations of a path, by method.
fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(path: &str, method: &str, operation: &mut Operation) {
    let mut parameters: Vec<RefOr<Parameter>> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| RefOr::T(of_path(name)))
        .collect();
    let has_version = has_etag(operation);
    if method == "PUT" && has_version {
        let text = "The ETag that the change was made from; `*`: whatever is there.";
        parameters.push(RefOr::T(of_header("If-Match", Required::True, text)));
        refuse(operation, "412", "It was changed meanwhile: read it again.");
        refuse(operation, "428", "If-Match is missing.");
    }
    if method == "GET" && has_version {
        let text = "The ETag that you have.";
        parameters.push(RefOr::T(of_header("If-None-Match", Required::False, text)));
        let same = ResponseBuilder::new()
            .description("It is still the one that you have.")
            .build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(same));
    }
    parameters.extend(operation.parameters.take().unwrap_or_default());
    if operation.request_body.is_some() {
        refuse(operation, "422", "Values that make no sense; `errors` says where.");
    }
    refuse(operation, "default", "Any other refusal.");
    operation.parameters = (!parameters.is_empty()).then_some(parameters);
}

fn has_etag(operation: &Operation) -> bool {
    operation.responses.responses.values().any(|response| match response {
        RefOr::T(response) => response.headers.contains_key("ETag"),
        RefOr::Ref(_) => false,
    })
}

fn of_path(name: &str) -> Parameter {
    let known = PARAMETERS.iter().find(|(known, _)| *known == name);
    let text = known.map(|(_, text)| *text);
    parameter(name, ParameterIn::Path, Required::True)
        .description(text)
        .build()
}

fn of_header(name: &str, required: Required, text: &str) -> Parameter {
    parameter(name, ParameterIn::Header, required)
        .description(Some(text))
        .build()
}

fn parameter(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(schema))
}

fn refuse(operation: &mut Operation, status: &str, text: &str) {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = ResponseBuilder::new()
        .description(text)
        .content("application/problem+json", content)
        .build();
    let responses: &mut BTreeMap<_, _> = &mut operation.responses.responses;
    responses.insert(status.to_owned(), RefOr::T(response));
}
