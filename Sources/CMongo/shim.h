// What Swift calls of libmongoc 1.23. Every bson_t lives on the C side: Debian's libbson aligns it at
// 128 bytes, which Swift does not know. Only bytes cross the border: views go in, owned copies come out.
#ifndef CMONGO_SHIM_H
#define CMONGO_SHIM_H

#include <mongoc/mongoc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// Starts libmongoc. Its counters, which nothing here reads, lie in shared memory, and would stay there when the process is
/// killed, in the way of a later one with its number: their name goes at once.
static inline void cmongo_start(void) {
    // Where it can have no shared memory it says so on standard error, and goes on.
    mongoc_log_set_handler(NULL, NULL);
    mongoc_init();
    char name[32];
    snprintf(name, sizeof name, "/mongoc-%d", (int)getpid());
    shm_unlink(name);
}

/// Borrowed BSON bytes; no bytes stand for an empty document.
typedef struct {
    const uint8_t *data;
    size_t length;
} cmongo_view_t;

/// BSON bytes that the caller frees with cmongo_bytes_free.
typedef struct {
    uint8_t *data;
    uint32_t length;
} cmongo_bytes_t;

/// bson_error_t without its alignment.
typedef struct {
    uint32_t domain;
    uint32_t code;
    char message[BSON_ERROR_BUFFER_SIZE];
} cmongo_error_t;

/// Where a call goes; session may be null.
typedef struct {
    mongoc_client_t *client;
    mongoc_client_session_t *session;
    const char *database;
    const char *collection;
} cmongo_target_t;

static inline void cmongo_bytes_free(cmongo_bytes_t *bytes) {
    bson_free(bytes->data);
    bytes->data = NULL;
    bytes->length = 0;
}

static inline void cmongo_copy_error(const bson_error_t *from, cmongo_error_t *to) {
    to->domain = from->domain;
    to->code = from->code;
    memcpy(to->message, from->message, sizeof to->message);
    to->message[sizeof to->message - 1] = 0;
}

static inline bool cmongo_open_view(bson_t *document, cmongo_view_t view) {
    if (view.length == 0) {
        bson_init(document);
        return true;
    }
    return bson_init_static(document, view.data, view.length);
}

/// A writable copy of the options with the session, if any, appended.
static inline bool cmongo_open_options(bson_t *options, cmongo_view_t view, const mongoc_client_session_t *session) {
    bson_t borrowed;
    if (!cmongo_open_view(&borrowed, view)) return false;
    bson_copy_to(&borrowed, options);
    return session == NULL || mongoc_client_session_append(session, options, NULL);
}

/// Destroys the reply and hands its bytes over.
static inline void cmongo_take(bson_t *reply, cmongo_bytes_t *bytes) {
    bytes->data = bson_destroy_with_steal(reply, true, &bytes->length);
}

static inline mongoc_client_pool_t *cmongo_pool_new(const char *uri_text, cmongo_error_t *error) {
    bson_error_t bson_error = {0};
    mongoc_uri_t *uri = mongoc_uri_new_with_error(uri_text, &bson_error);
    if (uri == NULL) {
        cmongo_copy_error(&bson_error, error);
        return NULL;
    }
    mongoc_client_pool_t *pool = mongoc_client_pool_new(uri);
    mongoc_uri_destroy(uri);
    if (pool == NULL) {
        error->domain = MONGOC_ERROR_CLIENT;
        strcpy(error->message, "the client pool could not be made");
        return NULL;
    }
    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_set_appname(pool, "postwright");
    return pool;
}

/// mongoc_client_{read,write}_command_with_opts: `writes` chooses, for retries and the write concern.
static inline bool cmongo_command(cmongo_target_t target, cmongo_view_t command_view, cmongo_view_t options_view,
                                  bool writes, cmongo_bytes_t *reply_bytes, cmongo_error_t *error) {
    bson_t command, options, reply;
    bson_error_t bson_error = {0};
    if (!cmongo_open_view(&command, command_view)) return false;
    if (!cmongo_open_options(&options, options_view, target.session)) {
        bson_destroy(&options);
        return false;
    }
    bool succeeded =
        writes ? mongoc_client_write_command_with_opts(target.client, target.database, &command, &options, &reply, &bson_error)
               : mongoc_client_read_command_with_opts(target.client, target.database, &command, NULL, &options, &reply, &bson_error);
    bson_destroy(&options);
    cmongo_take(&reply, reply_bytes);
    if (!succeeded) cmongo_copy_error(&bson_error, error);
    return succeeded;
}

static inline mongoc_cursor_t *cmongo_find(cmongo_target_t target, cmongo_view_t filter_view, cmongo_view_t options_view) {
    bson_t filter, options;
    if (!cmongo_open_view(&filter, filter_view)) return NULL;
    mongoc_cursor_t *cursor = NULL;
    if (cmongo_open_options(&options, options_view, target.session)) {
        mongoc_collection_t *collection = mongoc_client_get_collection(target.client, target.database, target.collection);
        cursor = mongoc_collection_find_with_opts(collection, &filter, &options, NULL);
        mongoc_collection_destroy(collection);
    }
    bson_destroy(&options);
    return cursor;
}

static inline mongoc_cursor_t *cmongo_aggregate(cmongo_target_t target, cmongo_view_t pipeline_view, cmongo_view_t options_view) {
    bson_t pipeline, options;
    if (!cmongo_open_view(&pipeline, pipeline_view)) return NULL;
    mongoc_cursor_t *cursor = NULL;
    if (cmongo_open_options(&options, options_view, target.session)) {
        mongoc_collection_t *collection = mongoc_client_get_collection(target.client, target.database, target.collection);
        cursor = mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, &pipeline, &options, NULL);
        mongoc_collection_destroy(collection);
    }
    bson_destroy(&options);
    return cursor;
}

static inline bool cmongo_cursor_next(mongoc_cursor_t *cursor, cmongo_view_t *document) {
    const bson_t *found;
    if (!mongoc_cursor_next(cursor, &found)) return false;
    document->data = bson_get_data(found);
    document->length = found->len;
    return true;
}

/// True when the cursor stopped for an error; the reply is copied for its labels.
static inline bool cmongo_cursor_error(mongoc_cursor_t *cursor, cmongo_bytes_t *reply, cmongo_error_t *error) {
    bson_error_t bson_error = {0};
    const bson_t *document = NULL;
    if (!mongoc_cursor_error_document(cursor, &bson_error, &document)) return false;
    cmongo_copy_error(&bson_error, error);
    if (document != NULL && document->len > 5) cmongo_take(bson_copy(document), reply);
    return true;
}

static inline mongoc_bulk_operation_t *cmongo_bulk_new(cmongo_target_t target, bool ordered) {
    bson_t options = BSON_INITIALIZER;
    BSON_APPEND_BOOL(&options, "ordered", ordered);
    mongoc_bulk_operation_t *bulk = NULL;
    if (target.session == NULL || mongoc_client_session_append(target.session, &options, NULL)) {
        mongoc_collection_t *collection = mongoc_client_get_collection(target.client, target.database, target.collection);
        bulk = mongoc_collection_create_bulk_operation_with_opts(collection, &options);
        mongoc_collection_destroy(collection);
    }
    bson_destroy(&options);
    return bulk;
}

typedef enum {
    CMONGO_INSERT,
    CMONGO_UPDATE_ONE,
    CMONGO_UPDATE_MANY,
    CMONGO_REPLACE_ONE,
    CMONGO_DELETE_ONE,
    CMONGO_DELETE_MANY
} cmongo_write_kind_t;

/// Adds one write; `change` is the document, the update (a document or a pipeline) or unused.
static inline bool cmongo_bulk_add(mongoc_bulk_operation_t *bulk, cmongo_write_kind_t kind, cmongo_view_t filter_view,
                                   cmongo_view_t change_view, cmongo_view_t options_view, cmongo_error_t *error) {
    bson_t filter, change, options;
    bson_error_t bson_error = {0};
    if (!cmongo_open_view(&filter, filter_view) || !cmongo_open_view(&change, change_view) ||
        !cmongo_open_view(&options, options_view)) return false;
    bool added = false;
    switch (kind) {
    case CMONGO_INSERT: added = mongoc_bulk_operation_insert_with_opts(bulk, &change, &options, &bson_error); break;
    case CMONGO_UPDATE_ONE: added = mongoc_bulk_operation_update_one_with_opts(bulk, &filter, &change, &options, &bson_error); break;
    case CMONGO_UPDATE_MANY: added = mongoc_bulk_operation_update_many_with_opts(bulk, &filter, &change, &options, &bson_error); break;
    case CMONGO_REPLACE_ONE: added = mongoc_bulk_operation_replace_one_with_opts(bulk, &filter, &change, &options, &bson_error); break;
    case CMONGO_DELETE_ONE: added = mongoc_bulk_operation_remove_one_with_opts(bulk, &filter, &options, &bson_error); break;
    case CMONGO_DELETE_MANY: added = mongoc_bulk_operation_remove_many_with_opts(bulk, &filter, &options, &bson_error); break;
    }
    if (!added) cmongo_copy_error(&bson_error, error);
    return added;
}

static inline bool cmongo_bulk_execute(mongoc_bulk_operation_t *bulk, cmongo_bytes_t *reply_bytes, cmongo_error_t *error) {
    bson_t reply;
    bson_error_t bson_error = {0};
    bool succeeded = mongoc_bulk_operation_execute(bulk, &reply, &bson_error) != 0;
    cmongo_take(&reply, reply_bytes);
    if (!succeeded) cmongo_copy_error(&bson_error, error);
    return succeeded;
}

typedef struct {
    cmongo_view_t filter;
    cmongo_view_t update;
    cmongo_view_t sort;
    cmongo_view_t fields;
    bool removes;
    bool upserts;
    bool returns_new;
} cmongo_find_and_modify_t;

static inline bool cmongo_find_and_modify(cmongo_target_t target, cmongo_find_and_modify_t request,
                                          cmongo_bytes_t *reply_bytes, cmongo_error_t *error) {
    bson_t filter, update, sort, fields, extra, reply;
    bson_error_t bson_error = {0};
    if (!cmongo_open_view(&filter, request.filter) || !cmongo_open_view(&update, request.update) ||
        !cmongo_open_view(&sort, request.sort) || !cmongo_open_view(&fields, request.fields)) return false;
    cmongo_view_t none = {NULL, 0};
    bool succeeded = false;
    if (cmongo_open_options(&extra, none, target.session)) {
        mongoc_find_and_modify_opts_t *options = mongoc_find_and_modify_opts_new();
        int flags = MONGOC_FIND_AND_MODIFY_NONE;
        if (request.removes) flags |= MONGOC_FIND_AND_MODIFY_REMOVE;
        if (request.upserts) flags |= MONGOC_FIND_AND_MODIFY_UPSERT;
        if (request.returns_new) flags |= MONGOC_FIND_AND_MODIFY_RETURN_NEW;
        mongoc_find_and_modify_opts_set_flags(options, (mongoc_find_and_modify_flags_t) flags);
        if (!request.removes) mongoc_find_and_modify_opts_set_update(options, &update);
        if (request.sort.length > 5) mongoc_find_and_modify_opts_set_sort(options, &sort);
        if (request.fields.length > 5) mongoc_find_and_modify_opts_set_fields(options, &fields);
        mongoc_find_and_modify_opts_append(options, &extra);
        mongoc_collection_t *collection = mongoc_client_get_collection(target.client, target.database, target.collection);
        succeeded = mongoc_collection_find_and_modify_with_opts(collection, &filter, options, &reply, &bson_error);
        cmongo_take(&reply, reply_bytes);
        if (!succeeded) cmongo_copy_error(&bson_error, error);
        mongoc_collection_destroy(collection);
        mongoc_find_and_modify_opts_destroy(options);
    }
    bson_destroy(&extra);
    return succeeded;
}

static inline mongoc_client_session_t *cmongo_session_start(mongoc_client_t *client, cmongo_error_t *error) {
    bson_error_t bson_error = {0};
    mongoc_client_session_t *session = mongoc_client_start_session(client, NULL, &bson_error);
    if (session == NULL) cmongo_copy_error(&bson_error, error);
    return session;
}

static inline bool cmongo_transaction_start(mongoc_client_session_t *session, cmongo_error_t *error) {
    bson_error_t bson_error = {0};
    bool succeeded = mongoc_client_session_start_transaction(session, NULL, &bson_error);
    if (!succeeded) cmongo_copy_error(&bson_error, error);
    return succeeded;
}

static inline bool cmongo_transaction_commit(mongoc_client_session_t *session, cmongo_bytes_t *reply_bytes, cmongo_error_t *error) {
    bson_t reply;
    bson_error_t bson_error = {0};
    bool succeeded = mongoc_client_session_commit_transaction(session, &reply, &bson_error);
    cmongo_take(&reply, reply_bytes);
    if (!succeeded) cmongo_copy_error(&bson_error, error);
    return succeeded;
}

static inline bool cmongo_transaction_abort(mongoc_client_session_t *session) {
    bson_error_t ignored;
    return mongoc_client_session_abort_transaction(session, &ignored);
}

static inline mongoc_change_stream_t *cmongo_watch(cmongo_target_t target, cmongo_view_t pipeline_view, cmongo_view_t options_view) {
    bson_t pipeline, options;
    if (!cmongo_open_view(&pipeline, pipeline_view) || !cmongo_open_view(&options, options_view)) return NULL;
    mongoc_collection_t *collection = mongoc_client_get_collection(target.client, target.database, target.collection);
    mongoc_change_stream_t *stream = mongoc_collection_watch(collection, &pipeline, &options);
    mongoc_collection_destroy(collection);
    return stream;
}

static inline bool cmongo_change_stream_next(mongoc_change_stream_t *stream, cmongo_view_t *document) {
    const bson_t *found;
    if (!mongoc_change_stream_next(stream, &found)) return false;
    document->data = bson_get_data(found);
    document->length = found->len;
    return true;
}

static inline bool cmongo_change_stream_error(mongoc_change_stream_t *stream, cmongo_bytes_t *reply, cmongo_error_t *error) {
    bson_error_t bson_error = {0};
    const bson_t *document = NULL;
    if (!mongoc_change_stream_error_document(stream, &bson_error, &document)) return false;
    cmongo_copy_error(&bson_error, error);
    if (document != NULL && document->len > 5) cmongo_take(bson_copy(document), reply);
    return true;
}

static inline bool cmongo_change_stream_token(mongoc_change_stream_t *stream, cmongo_view_t *token) {
    const bson_t *found = mongoc_change_stream_get_resume_token(stream);
    if (found == NULL) return false;
    token->data = bson_get_data(found);
    token->length = found->len;
    return true;
}

#endif
